import "./shell/lab-console.ts";
import { lab } from "./wire/lab-feed.ts";
import { second } from "./wire/second.ts";
import { whileVisible } from "./wire/while-visible.ts";
import { workspace } from "./wire/workspace.ts";

whileVisible(() => lab.open());
whileVisible(() => workspace.open());
second.start();
