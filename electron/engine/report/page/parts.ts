// What the report's sections are made of: titled sheets, lists of facts, cells with figures.
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

/** Names with their values. */
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

/** Whatever comes from outside may be written from right to left: it keeps to its own place. */
export function foreign(text: string): Markup {
  return html`<bdi>${text}</bdi>`;
}

type Column = { readonly title: string; readonly isNumber?: boolean };

/** Numbers’ columns are aligned at the right. */
export function tableHead(columns: readonly Column[]): Markup {
  return html`<thead>
    <tr>
      ${columns.map(({ title, isNumber = false }) => html`<th scope="col" ${isNumber ? NUMBER : null}>${title}</th>`)}
    </tr>
  </thead>`;
}

/** A figure over its interval; a dash where it was not measured. */
export function figureCell(estimate: PublishedInterval | null, show: NumberFormats['estimate']): Markup {
  if (!estimate) return html`<td class="number">–</td>`;
  const { value, range } = show(estimate);
  return html`<td class="number">${value}${range === null ? null : html`<small>${range}</small>`}</td>`;
}

const NUMBER = html` class="number"`;
