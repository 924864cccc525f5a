/** An expected "no": a value, never thrown. `message` says what, `hint` what the person can do. */
export interface Refusal {
  refused: true;
  code: string;
  message: string;
  hint: string;
}

export function refuse(code: string, message: string, hint: string): Refusal {
  return { refused: true, code, message, hint };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "refused" in value;
}
