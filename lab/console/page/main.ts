import "./shell/lab-console.ts";
import { lab } from "./wire/lab-feed.ts";
import { second } from "./wire/second.ts";
import { workspace } from "./wire/workspace.ts";

lab.open();
workspace.open();
second.start();
