import { z } from "zod";
import { type NomadDeployment, placeOf } from "../../domain/deployment.ts";
import type { Generations } from "../../operations/ports.ts";
import { parsed } from "../token-api.ts";
import { type NomadClient, nomadSystem } from "./client.ts";

/** https://developer.hashicorp.com/nomad/api-docs/variables/variables */
const variable = z.object({ Items: z.record(z.string(), z.string()), ModifyIndex: z.int() });

/** Each job's variable: one item per instance, its generation. What else stands in it is written back as it was. */
export function nomadGenerations(nomad: NomadClient): Generations<NomadDeployment> {
  return {
    async read(at) {
      const reply = await nomad.get(pathOf(at));
      if (reply === null) return { version: 0, instances: {} };
      const { Items, ModifyIndex } = parsed(nomadSystem, variable, reply, placeOf(at));
      return { version: ModifyIndex, instances: Items };
    },

    async write(at, instances, version) {
      const reply = await nomad.put(`${pathOf(at)}?cas=${version}`, { Path: placeOf(at), Items: instances });
      return reply.status === 200;
    },
  };
}

const pathOf = (at: NomadDeployment) => `/v1/var/${placeOf(at)}`;
