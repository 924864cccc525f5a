import { html } from "lit";
import { LightElement } from "../wire/light-element.ts";
import { Watch } from "../wire/watch.ts";
import { workspace } from "../wire/workspace.ts";
import { renderAvatar } from "./avatar.ts";

/** Whose hands are on the keyboard: everything typed and clicked left is done as this person. */
class PersonSwitch extends LightElement {
  constructor() {
    super();
    new Watch(this, workspace);
  }

  protected override render() {
    return html`<fieldset class="people">
      <legend>You are</legend>
      ${workspace.directory?.people.map(
        (person) =>
          html`<label title="${person.real_name} · ${person.tz}">
            <input
              type="radio"
              name="person"
              value=${person.id}
              .checked=${person.id === workspace.me}
              @change=${() => workspace.become(person.id)}
            />
            <span>${renderAvatar(person)}${person.name}<small>${role(person)}</small></span>
          </label>`,
      )}
    </fieldset>`;
  }
}

function role({ groups, guest }: { groups: string[]; guest: boolean }): string {
  if (groups.length > 0) return "approver";
  return guest ? "guest" : "";
}

customElements.define("person-switch", PersonSwitch);
