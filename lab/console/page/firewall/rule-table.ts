import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import type { RoutedRule } from "../wire/status-types.ts";
import { Watch } from "../wire/watch.ts";
import { counterRates } from "./counter-rates.ts";
import { count, endTitle, rateWords, ruleWords } from "./words.ts";

/** Every rule that stands in the router, with its own counter; nothing can be changed here, that is asked for in the chat. */
class RuleTable extends LightElement {
  constructor() {
    super();
    new Watch(this, lab);
  }

  protected override render() {
    const router = lab.frame?.status?.firewall?.router;
    if (!router) return nothing;
    const { rules } = router;
    if (rules === null) return html`<p class="no-rules">The router does not tell its rules.</p>`;
    return html`<section class="rules" aria-label="Rules in the router">
      ${rules.length === 0 ? closed : this.#table(rules)}
    </section>`;
  }

  #table(rules: RoutedRule[]) {
    return html`<table>
      <caption class="visually-hidden">
        What the router lets through, and what each rule has counted
      </caption>
      <thead>
        <tr>
          <th scope="col">Rule</th>
          <th scope="col">Lets through</th>
          <th scope="col" class="number">Packets</th>
          <th scope="col" class="number">Now</th>
          <th scope="col" class="number">Bytes</th>
        </tr>
      </thead>
      <tbody>
        ${repeat(
          rules,
          ({ id }) => id,
          (rule) => row(rule),
        )}
      </tbody>
    </table>`;
  }
}

function row(rule: RoutedRule) {
  const name = `rule-${rule.id}`;
  const counter = lab.frame?.status?.firewall?.router.counters?.[name];
  const rate = counterRates.perSecond(name);
  const title = [endTitle(rule.from), endTitle(rule.to)].map((end) => end ?? "as it says").join(" → ");
  return html`<tr class=${rate !== null && rate > 0 ? "moving" : ""}>
    <th scope="row"><code>${rule.id}</code></th>
    <td class="lets" title=${title}>${ruleWords(rule)}</td>
    <td class="number packets">${counter ? count(counter.packets) : "–"}</td>
    <td class="number now">${rateWords(rate)}</td>
    <td class="number">${counter ? count(counter.bytes) : "–"}</td>
  </tr>`;
}

const closed = html`<p class="no-rules">
  No rule: the router lets nothing through. Ask for one in the chat: <code>/firewall request</code>
</p>`;

customElements.define("rule-table", RuleTable);
