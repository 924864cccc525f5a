import { z } from "zod";
import { Failure } from "../errors.ts";

/** What is asked over the network. `key`: as certops.yaml calls it. */
export interface System {
  key: string;
  name: string;
  /** What listens at its address: "Start …". */
  listener: string;
  /** What mends a certificate that has expired. */
  renewal: string;
}

const coded = z.object({ code: z.string() });

type Told = [cause: string, hint: string];

/**
 * Why nothing was answered, by the code or else the name of what was thrown. `untrusted`: what is like a failure of TLS, and what
 * then helps. `log`: what helps where nothing better is known.
 */
export function causeOf(
  error: unknown,
  causes: Record<string, Told>,
  { untrusted, log }: { untrusted: { like: RegExp; hint: string }; log: string },
): Told {
  const own = coded.safeParse(error).data?.code;
  const code = own ?? (error instanceof Error ? error.name : "no answer");
  return (
    causes[code] ??
    (untrusted.like.test(code) ? [`its certificate is not to be trusted (${code})`, untrusted.hint] : [code, log])
  );
}

/** Nothing answered, or not in time: `<key>-down`, by the code or else the name of what was thrown. */
export function unreachable({ key, name, listener, renewal }: System, error: unknown, address: string): Failure {
  const silent: Told = [
    "no answer before the deadline",
    `See whether ${name} is stuck, and whether a firewall is in the way.`,
  ];
  const causes: Record<string, Told> = {
    ECONNREFUSED: ["nothing listens there", `Start ${listener}, or correct ${key}.address in certops.yaml.`],
    TimeoutError: silent,
    ETIMEDOUT: silent,
    ECONNABORTED: silent,
    UND_ERR_CONNECT_TIMEOUT: silent,
    ENOTFOUND: ["its name does not resolve", `Correct ${key}.address in certops.yaml, or DNS.`],
    CERT_HAS_EXPIRED: ["its certificate has expired", renewal],
  };
  const [cause, hint] = causeOf(error, causes, {
    untrusted: {
      like: /CERT|ISSUER|SIGNATURE|ALTNAME/,
      hint: `Compare ${key}.caFile in certops.yaml with the root of ${name}'s certificate.`,
    },
    log: `Look at ${name}'s log.`,
  });
  return new Failure(`${key}-down`, `${name} at ${address} cannot be reached: ${cause}.`, hint);
}
