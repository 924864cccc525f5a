interface Bench {
  summary: string;
  run(args: string[]): Promise<void>;
}

const benches: Record<string, () => Promise<Bench>> = {
  rotation: () => import("./rotation.ts"),
  renew: () => import("./renew.ts"),
  "renew-nomad": () => import("./renew-nomad.ts"),
  mesh: () => import("./mesh.ts"),
  firewall: () => import("./firewall.ts"),
  query: () => import("./query.ts"),
};

const [name = "", ...args] = process.argv.slice(2);
const bench = await benches[name]?.();
if (bench) {
  await bench.run(args);
} else {
  const known = await Promise.all(Object.entries(benches).map(async ([key, load]) => [key, await load()] as const));
  const lines = known.map(([key, { summary }]) => `  npm run bench -- ${key.padEnd(11)} ${summary}`);
  const asked = ["", "help", "--help", "-h"].includes(name);
  console.log(`${asked ? "What can be measured:" : `There is no bench "${name}". There are:`}\n${lines.join("\n")}`);
  if (!asked) process.exitCode = 2;
}
