import type { ApprovalsDesk } from "./operations/approvals-command.ts";
import { listApprovals } from "./operations/list-approvals.ts";
import { objectToForm } from "./operations/object-to-form.ts";
import { comment, handOver } from "./operations/remark-on-request.ts";
import { reviewRequest } from "./operations/review-request.ts";
import { checkClick, settleClick, type SettleNeeds } from "./operations/settle-click.ts";

/** The operations behind `/approvals`, and behind the buttons and forms of a request. */
export function approvalsDesk(needs: SettleNeeds): ApprovalsDesk {
  return {
    list: (user) => listApprovals(needs, user),
    find: (id) => needs.requests.find(id),
    decide: (deciding) => settleClick(needs, deciding),
    check: (click) => checkClick(needs, click),
    objections: (filled) => objectToForm(needs, filled),
    comment: (said) => comment(needs, said),
    handOver: (said) => handOver(needs, said),
    review: (found) => reviewRequest(needs, found),
  };
}
