export { attempt } from "./attempt.ts";
export { type Budget, budgets } from "./budget.ts";
export { type CallLimit, callLimits, countCall, obeyLimits } from "./call-limit.ts";
export { forgetExpiredCounts, forgetExpiredCountsJob } from "./forget-expired.ts";
export { type Limits, openLimits } from "./limits.ts";
export { type Expense, type LimitDeps, maySpend, settleAll, spend, spendAll } from "./spending.ts";
