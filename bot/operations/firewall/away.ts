import { refuse, type Refusal } from "../../domain/refusal.ts";
import { Failure } from "../../errors.ts";

/** What the firewall stands on may be away: that is to be expected, and no fault of who asked. */
export async function orAway<T>(answer: Promise<T>): Promise<T | Refusal> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Failure) || !/^(consul|cts|gate|prober|router)-/.test(error.code)) throw error;
    return refuse(error.code, error.message, error.hint);
  }
}
