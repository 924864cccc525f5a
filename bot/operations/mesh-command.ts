import type { Pair } from "../domain/intention.ts";
import { isRefusal, refuse, type Refusal } from "../domain/refusal.ts";
import type { MeshDesk, Outcome } from "./command.ts";
import { type Verb, verbs } from "./verbs.ts";

export const noMesh = refuse(
  "no-mesh",
  "This certops minds no mesh.",
  "Its certops.yaml needs the sections consul and mesh: see bot/certops.example.yaml.",
);

interface Said {
  words: string[];
  user: string;
  since: number | undefined;
}

/** What was typed after `/mesh`. `desk`: null where certops.yaml has no mesh. */
export async function runMesh(desk: MeshDesk | null, verb: Verb<"/mesh">, said: Said): Promise<Outcome | Refusal> {
  if (verb === "help") return { kind: "help", command: "/mesh" };
  if (desk === null) return noMesh;
  switch (verb) {
    case "intentions": {
      const list = await desk.list();
      return isRefusal(list) ? list : { kind: "intentions", list };
    }
    case "why": {
      const { pair } = pairIn(said.words);
      if (pair === null) return missing(desk, verb);
      const why = await desk.why(pair);
      return isRefusal(why) ? why : { kind: "call-why", why };
    }
    case "allow":
    case "deny": {
      const { pair, rest } = pairIn(said.words);
      if (pair === null) return missing(desk, verb);
      const reason = rest.join(" ") || "no reason given";
      const { user: requester, since } = said;
      const request = await desk.ask({ ...pair, action: verb, requester, reason, since });
      return isRefusal(request) ? request : { kind: "proposed", request, vault: null };
    }
  }
}

/** Two names, also with the arrow between them that messages have. */
function pairIn(words: string[]): { pair: Pair | null; rest: string[] } {
  const [source, next, ...rest] = words;
  const [destination, ...reason] = next === "→" || next === "->" ? rest : [next, ...rest];
  if (source === undefined || destination === undefined) return { pair: null, rest: [] };
  return {
    pair: { source: source.toLowerCase(), destination: destination.toLowerCase() },
    rest: reason.filter((word) => word !== undefined),
  };
}

function missing({ services }: MeshDesk, verb: Verb<"/mesh">): Refusal {
  return refuse(
    "missing-argument",
    `Write: /mesh ${verbs["/mesh"][verb].usage}`,
    `First who calls, then whom. In the mesh are ${services.join(", ")}.`,
  );
}
