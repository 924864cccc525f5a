import { html, nothing, type TemplateResult } from "lit";
import { LightElement } from "../wire/light-element.ts";
import type { DataTable, TableCell } from "./block-types.ts";
import { renderRichText } from "./rich-text.ts";
import { renderPlain } from "./text.ts";

const usualPage = 5;

/** A table that is sorted and paged where it stands, as Slack's is. */
class DataTableBlock extends LightElement {
  static override properties = { table: { attribute: false }, page: { state: true }, order: { state: true } };
  declare table: DataTable;
  declare page: number;
  /** null: as the bot gave it. */
  declare order: { column: number; down: boolean } | null;

  constructor() {
    super();
    this.page = 0;
    this.order = null;
  }

  protected override render() {
    const { caption, rows, page_size: size = usualPage, row_header_column_index: named = 0 } = this.table;
    const [header = [], ...all] = rows;
    const pages = Math.max(1, Math.ceil(all.length / size));
    const page = Math.min(this.page, pages - 1);
    const shown = this.#sorted(all).slice(page * size, (page + 1) * size);
    return html`<div class="block data-table">
      <div class="wide" role="region" aria-label=${caption} tabindex="0">
        <table>
          <caption>
            <span>${renderPlain(caption)}</span>
          </caption>
          <thead>
            <tr>
              ${header.map((cell, column) => this.#heading(cell, column))}
            </tr>
          </thead>
          <tbody>
            ${shown.map(
              (row) =>
                html`<tr>
                  ${row.map((cell, column) => place(cell, column === named))}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${pages === 1 ? nothing : this.#pager(page, pages, all.length)}
    </div>`;
  }

  #heading(cell: TableCell, column: number) {
    const its = this.order?.column === column ? this.order : null;
    const sorted = its === null ? "none" : its.down ? "descending" : "ascending";
    return html`<th scope="col" aria-sort=${sorted} class=${cell.type === "raw_number" ? "number" : ""}>
      <button type="button" @click=${() => this.#sortBy(column)}>
        ${content(cell)}<span aria-hidden="true">${its === null ? "" : its.down ? " ↓" : " ↑"}</span>
      </button>
    </th>`;
  }

  #pager(page: number, pages: number, count: number) {
    return html`<div class="pager">
      <button type="button" class="quiet" ?disabled=${page === 0} @click=${() => (this.page = page - 1)}>←</button>
      <span role="status">page ${page + 1} of ${pages}, ${count} rows</span>
      <button type="button" class="quiet" ?disabled=${page === pages - 1} @click=${() => (this.page = page + 1)}>
        →
      </button>
    </div>`;
  }

  #sortBy(column: number): void {
    const before = this.order?.column === column ? this.order : null;
    this.order = before?.down ? null : { column, down: before !== null };
    this.page = 0;
  }

  #sorted(rows: TableCell[][]): TableCell[][] {
    const { order } = this;
    if (order === null) return rows;
    const up = rows.toSorted((a, b) => compare(a[order.column], b[order.column]));
    return order.down ? up.toReversed() : up;
  }
}

function compare(a: TableCell | undefined, b: TableCell | undefined): number {
  if (a?.type === "raw_number" && b?.type === "raw_number") return a.value - b.value;
  return textOf(a).localeCompare(textOf(b));
}

const textOf = (cell: TableCell | undefined) => (cell && "text" in cell ? cell.text : "");

const content = (cell: TableCell): TemplateResult =>
  cell.type === "rich_text" ? renderRichText(cell.elements) : renderPlain(cell.text);

const place = (cell: TableCell, isName: boolean) =>
  isName
    ? html`<th scope="row">${content(cell)}</th>`
    : html`<td class=${cell.type === "raw_number" ? "number" : ""}>${content(cell)}</td>`;

customElements.define("data-table-block", DataTableBlock);
