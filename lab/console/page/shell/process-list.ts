import { html, nothing } from "lit";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { Watch } from "../wire/watch.ts";

/** The lab's processes: one word while all is well, and by name what is not. */
class ProcessList extends LightElement {
  constructor() {
    super();
    new Watch(this, lab);
  }

  protected override render() {
    const children = lab.frame?.status?.children ?? [];
    const down = children.filter(({ state }) => state !== "up");
    const away = !lab.connected || !lab.frame?.status;
    const tone = away ? "bad" : down.length > 0 ? "warn" : "good";
    return html`<details class="processes">
      <summary class="quiet">
        <span class="dot ${tone}"></span
        ><span role="status"
          >${headline(
            away,
            children.length,
            down.map(({ name, state }) => `${name}: ${state}`),
          )}</span
        >
      </summary>
      <div class="menu">
        <table>
          <caption>
            Processes of this lab
          </caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">State</th>
              <th scope="col">Pid</th>
              <th scope="col">Restarts</th>
            </tr>
          </thead>
          <tbody>
            ${children.map(
              ({ name, state, pid, restarts }) =>
                html`<tr class=${state === "up" ? "" : "down"}>
                  <th scope="row">${name}</th>
                  <td>${state}</td>
                  <td>${pid ?? "–"}</td>
                  <td>${restarts > 0 ? restarts : nothing}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>`;
  }
}

function headline(away: boolean, count: number, down: string[]): string {
  if (away) return "No word from the lab";
  if (down.length > 0) return down.join(" · ");
  return `${count} processes up`;
}

customElements.define("process-list", ProcessList);
