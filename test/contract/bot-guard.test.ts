import type { AllMiddlewareArgs, AnyMiddlewareArgs } from "@slack/bolt";
import { describe, expect, test } from "vitest";
import { Failure } from "../../bot/errors.ts";
import type { Deliveries } from "../../bot/operations/store-ports.ts";
import { guard } from "../../bot/slack/guard.ts";

/** One delivery of a slash command to the guard, and what became of it. */
async function deliver({
  first,
  listener,
  ack = async () => {},
}: {
  first: Deliveries["first"];
  listener: () => Promise<void>;
  ack?: () => Promise<void>;
}) {
  const happened: string[] = [];
  const told: string[] = [];
  const logged: object[] = [];
  const tracked: Promise<unknown>[] = [];
  const log = {
    info: (detail: object) => logged.push(detail),
    warn: (detail: object) => logged.push(detail),
    error: (detail: object) => logged.push(detail),
  };
  const args = {
    body,
    context: {},
    ack: async () => {
      await ack();
      happened.push("ack");
    },
    respond: async (answer: object) => void told.push(JSON.stringify(answer)),
    next: async () => {
      happened.push("listener");
      await listener();
      happened.push("worked");
    },
  } as unknown as AnyMiddlewareArgs & AllMiddlewareArgs;
  const track = <T>(work: Promise<T>) => {
    tracked.push(work);
    return work;
  };
  const deliveries: Pick<Deliveries, "first" | "done"> = {
    first,
    done: async (keys) => void happened.push(`done ${keys.join()}`),
  };
  const unused = { homes: { tell: async () => {} }, objections: async () => [], suggestions: async () => [] };
  await guard({ deliveries, track, clock: Date.now, log, ...unused })(args);
  return { happened, told: told.join(), logged, tracked: tracked.length };
}

const fresh = async () => true;
const responseUrl = "https://hooks.slack.example/1";
const body = { command: "/cert", text: "help", user_id: "U0ANA", response_url: responseUrl, trigger_id: "t" };

describe("the guard", () => {
  test("acknowledges before the listener runs, and lets the drain know of it", async () => {
    const { happened, told, tracked } = await deliver({ first: fresh, listener: async () => {} });
    expect({ happened, told, tracked }).toEqual({
      happened: ["ack", "listener", "worked", "done trigger_id:t"],
      told: "",
      tracked: 1,
    });
  });

  test("works what it has kept also where the acknowledgement could not be sent", async () => {
    const ack = () => Promise.reject(new Error("the connection is being made anew"));
    const { happened, logged } = await deliver({ first: fresh, listener: async () => {}, ack });
    expect(happened).toEqual(["listener", "worked", "done trigger_id:t"]);
    expect(logged).toHaveLength(1);
  });

  test("keeps what it takes to do the work before it acknowledges", async () => {
    const kept: unknown[] = [];
    await deliver({
      first: async (...delivery) => {
        kept.push(delivery[0], delivery[2]);
        return true;
      },
      listener: async () => {},
    });
    expect(kept).toEqual([
      ["trigger_id:t"],
      { kind: "command", command: "/cert", user: "U0ANA", text: "help", responseUrl, triggerId: "t" },
    ]);
  });

  test("what broke and was told is done as well", async () => {
    const { happened } = await deliver({ first: fresh, listener: () => Promise.reject(new Error("broken")) });
    expect(happened).toEqual(["ack", "listener", "done trigger_id:t"]);
  });

  test("acknowledges a repeated delivery and runs nothing", async () => {
    const { happened, told } = await deliver({ first: async () => false, listener: async () => {} });
    expect({ happened, told }).toEqual({ happened: ["ack"], told: "" });
  });

  test("tells the person when the store cannot remember the delivery, and runs nothing", async () => {
    const { happened, told, logged } = await deliver({
      first: () => Promise.reject(new Failure("store-full", "The disk is full.", "Free some space.")),
      listener: async () => {},
    });
    expect(happened).toEqual(["ack"]);
    expect(told).toContain("The disk is full.\\nFree some space.");
    expect(told).toContain('"response_type":"ephemeral"');
    expect(logged).toHaveLength(1);
  });

  test("tells a failure of the listener by its sentence, anything else only by that it happened", async () => {
    const failure = await deliver({
      first: fresh,
      listener: () => Promise.reject(new Failure("x-y", "It broke.", "Mend it.")),
    });
    expect(failure.told).toContain("It broke.\\nMend it.  ·  `x-y`");
    const defect = await deliver({ first: fresh, listener: () => Promise.reject(new Error("xoxb-secret in here")) });
    expect(defect.told).toContain("Something broke inside certops");
    expect(defect.told).not.toContain("xoxb-secret");
  });
});
