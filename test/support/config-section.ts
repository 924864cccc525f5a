import { loadConfig } from "../../bot/config.ts";
import { Failure } from "../../bot/errors.ts";
import { type Config, writeConfig } from "./bot-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

type Change<Section> = (section: Section, config: Config) => void;

/** Loads a certops.yaml with that section and Consul in it, changed as a test wants it. */
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

  /** What is said of it; "no problem" when it is taken. */
  function problems(change?: Change<Section>): string {
    try {
      load(change);
      return "no problem";
    } catch (error) {
      if (error instanceof Failure) return error.message;
      throw error;
    }
  }

  return { load, problems };
}
