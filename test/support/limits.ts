import { type RenewalLimits, renewalLimits } from "../../bot/domain/rollout.ts";

/** As in production, but it watches only briefly. */
export const briefly: RenewalLimits = { ...renewalLimits, settleMs: 300 };
