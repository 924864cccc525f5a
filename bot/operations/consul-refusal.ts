import { Failure } from "../errors.ts";
import { refuse, type Refusal } from "../domain/refusal.ts";

/** What Consul says, or why it does not: that it is away is to be expected, and no fault of who asked. */
export async function orRefusal<T>(answer: Promise<T>): Promise<T | Refusal> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Failure) || !error.code.startsWith("consul-")) throw error;
    return refuse(error.code, error.message, error.hint);
  }
}
