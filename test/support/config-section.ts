import { loadConfig } from "../../bot/config.ts";
import { type Config, writeConfig } from "./bot-process.ts";
import { problemsIn } from "./config-text.ts";
import { temporaryFolder } from "./temporary-folder.ts";

type Change<Section> = (section: Section, config: Config) => void;

/** Loads a certops.yaml with that section and Consul in it, changed as a test wants it; and what is said of it. */
export function sectionLoader<Section extends object>(name: string, section: () => Section) {
  function load(change: Change<Section> = () => {}) {
    using folder = temporaryFolder();
    const file = writeConfig(folder, { httpPort: 3000, apiUrl: "http://127.0.0.1:9/", port: 9, root: "" }, (config) => {
      const written = section();
      config["consul"] = { address: "https://127.0.0.1:8531", caFile: "root.pem", tokenFile: "consul-token" };
      config[name] = written;
      change(written, config);
    });
    return loadConfig({ CERTOPS_CONFIG: file, SLACK_BOT_TOKEN: "xoxb-test", SLACK_SIGNING_SECRET: "secret" });
  }

  return { load, problems: (change?: Change<Section>) => problemsIn(() => load(change)) };
}
