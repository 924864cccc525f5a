/** The two services of the lab, in the order in which the page shows them, also while none of their instances runs. */
export const SERVICES = ["service-a", "service-b"] as const;
