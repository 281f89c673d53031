// The building blocks of the report's sections: titled sheets, lists of facts, cells with figures.
import type { PublishedInterval } from '../../../contract/interval.ts';
import type { Voice as Spoken } from '../../../contract/text/words.ts';
import { html, type Markup } from './html.ts';
import type { NumberFormats } from './numbers.ts';

/** The language that a report is written in. */
export type Voice = Spoken & { readonly format: NumberFormats };

export type Fact = readonly [name: string, value: string | Markup];

/** A part of the page with its heading. */
export function section(title: string, content: Markup): Markup {
  return html`<section>
    <h2>${title}</h2>
    ${content}
  </section>`;
}

/** A list of names with their values. */
export function factList(facts: readonly Fact[]): Markup {
  return html`<dl>
    ${facts.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** A list of points. */
export function bullets(items: readonly string[]): Markup {
  return html`<ul>
    ${items.map((item) => html`<li>${item}</li>`)}
  </ul>`;
}

/** A hash, a command or the like, in a fixed-width font. */
export function code(text: string): Markup {
  return html`<code>${text}</code>`;
}

/** Isolates text from outside, which may run from right to left. */
export function foreign(text: string): Markup {
  return html`<bdi>${text}</bdi>`;
}

type Column = { readonly title: string; readonly isNumber?: boolean };

/** The head of a table. Columns of numbers are right-aligned. */
export function tableHead(columns: readonly Column[]): Markup {
  return html`<thead>
    <tr>
      ${columns.map(({ title, isNumber = false }) => html`<th scope="col" ${isNumber ? NUMBER : null}>${title}</th>`)}
    </tr>
  </thead>`;
}

/** A cell with a figure above its interval; a dash if it was not measured. */
export function figureCell(estimate: PublishedInterval | null, show: NumberFormats['estimate']): Markup {
  if (!estimate) return html`<td class="number">–</td>`;
  const { value, range } = show(estimate);
  return html`<td class="number">${value}${range === null ? null : html`<small>${range}</small>`}</td>`;
}

const NUMBER = html` class="number"`;
