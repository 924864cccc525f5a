import { keptPasskeys } from "../../bot/adapters/store/passkeys.ts";
import type { EnrolmentRequest } from "../../bot/domain/enrolment.ts";
import type { PasskeyPolicy } from "../../bot/domain/passkey.ts";
import { openRequest } from "../../bot/operations/open-request.ts";
import { courseInSlack, type CourseOrders } from "./course-in-slack.ts";
import { noRenewal } from "./work-jobs.ts";

// A bot that has a passkey enrolled.

export interface EnrolmentOrders extends CourseOrders {
  /** As it is asked for. */
  request: EnrolmentRequest;
  policy: PasskeyPolicy;
}

const orders = JSON.parse(process.argv[2] ?? "") as EnrolmentOrders;
const { request, policy } = orders;
const nobody = (): never => {
  throw new Error("nobody is asked for a passkey here");
};
const ceremony = { askToSign: nobody, signer: nobody, verify: nobody, askToMake: nobody, made: nobody };

await courseInSlack(orders, (store, pass) => {
  const kept = keptPasskeys(store.db.withTables());
  const passkeys = {
    policy,
    ceremony,
    newToken: nobody,
    kept: {
      ...kept,
      async add(...added: Parameters<typeof kept.add>) {
        const isNew = await kept.add(...added);
        pass("passkey kept");
        return isNew;
      },
    },
  };
  const ask = (needs: Parameters<typeof openRequest>[0]) => openRequest(needs, request);
  const confirmed = { confirmed: { planHash: request.planHash, passkey: "bens-key" } };
  return { id: request.id, services: new Map(), passkeys, confirmed, ask, works: noRenewal };
});
