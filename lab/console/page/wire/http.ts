/** A refusal of the console or the stand-in, told to a person. */
export class Refused extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

const token = document.querySelector<HTMLMetaElement>('meta[name="console-token"]')?.content ?? "";

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => ask<T>(path, signal ? { signal } : {});

export const post = <T>(path: string, body: unknown = {}): Promise<T> =>
  ask<T>(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-console-token": token },
    body: JSON.stringify(body),
  });

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, init).catch(() => {
    throw new Refused("The lab does not answer.", "Is it still running? `npm start` brings it up.");
  });
  const answer = (await response.json().catch(() => ({}))) as { message?: string; error?: string; hint?: string };
  if (response.ok) return answer as T;
  throw new Refused(answer.message ?? answer.error ?? `The lab answered ${response.status}.`, answer.hint ?? "");
}
