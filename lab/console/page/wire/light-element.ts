import { LitElement } from "lit";

/** A component rendered into the page itself, so that one set of style sheets and labels holds for all of it. */
export abstract class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
