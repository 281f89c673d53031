// Texts that the page shows cut off at a side, or broken between letters, as a person sees them.
import type { Page } from '@playwright/test';

/** One sentence for each fault: the text, what is wrong with it, and where. */
export function cutTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    /** Letters in a column so narrow that a text stands upright in it. */
    const FEW_LETTERS = 3;
    /** Longer ones, and those with slashes, are paths and hashes: these may break anywhere. */
    const LONGEST_WORD = 24;
    const faults = new Set<string>();

    const isShown = (element: Element): boolean =>
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
      element.closest('[aria-hidden="true"]') === null;
    /** Said to screen readers alone: a pixel wide. */
    const isForEars = (element: Element): boolean => {
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        if (at.clientWidth <= 1 && at.clientHeight <= 1 && getComputedStyle(at).overflow === 'hidden') return true;
      }
      return false;
    };
    const nameOf = (element: Element): string =>
      `${element.tagName.toLowerCase()}.${[...element.classList].map((name) => name.replace(/^_?(\w+?)_.*$/, '$1')).join('.')}`;
    const linesOf = (range: Range): DOMRect[] => {
      const lines: DOMRect[] = [];
      for (const box of range.getClientRects()) {
        if (box.width > 0 && !lines.some(({ top }) => Math.abs(top - box.top) < box.height / 2)) lines.push(box);
      }
      return lines;
    };
    /** A list that scrolls sideways shows the rest on demand; whatever else cuts, hides it for good. */
    const cutBy = (element: Element, text: DOMRect): Element | null => {
      for (let at: Element | null = element; at !== null && at !== document.documentElement; at = at.parentElement) {
        const { overflowX, position } = getComputedStyle(at);
        if (overflowX === 'auto' || overflowX === 'scroll') return null;
        const box = at.getBoundingClientRect();
        if (
          (overflowX === 'hidden' || overflowX === 'clip') &&
          (text.right > box.right + 1 || text.left < box.left - 1)
        )
          return at;
        if (position === 'fixed') break;
      }
      return text.right > innerWidth + 1 || text.left < -1 ? document.body : null;
    };
    /** A file's name may lose its end where the whole of it shows on hover. */
    const tellsWhole = (element: Element, text: string): boolean => {
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        if (at.getAttribute('title')?.includes(text)) return true;
      }
      return false;
    };

    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = (node.textContent ?? '').trim();
      if (element === null || text === '' || element.closest('svg, pre, code, textarea, option') !== null) continue;
      if (!isShown(element) || isForEars(element)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const lines = linesOf(range);
      const t = (what: string, by: Element): void => void faults.add(`“${text}” ${what} in ${nameOf(by)}`);
      for (const line of lines) {
        const by = cutBy(element, line);
        if (by !== null && !tellsWhole(element, text)) t('is cut off', by);
      }
      if (text.length >= 2 * FEW_LETTERS && lines.length >= text.length / FEW_LETTERS) t('stands upright', element);
      const source = node.textContent ?? '';
      for (const { 0: word, index } of source.matchAll(/[A-Za-z]+/g)) {
        if (
          word.length > LONGEST_WORD ||
          /[/\\_.-]/.test(source.slice(Math.max(0, index - 1), index + word.length + 1))
        )
          continue;
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        if (linesOf(range).length > 1) t(`is broken at “${word}”`, element);
      }
    }
    return [...faults];
  });
}

/** Tables that have to be scrolled sideways to be read, by their names. */
export function sidewaysTables(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('table, [role="grid"]')].flatMap((table) => {
      const scrollers = [table.parentElement, ...table.querySelectorAll('[role="presentation"]')];
      const isCut = scrollers.some(
        (one) => one !== null && one.checkVisibility() && one.scrollWidth > one.clientWidth + 1,
      );
      const name = table.closest('[aria-label]')?.getAttribute('aria-label') ?? table.textContent.slice(0, 60);
      return isCut ? [name] : [];
    }),
  );
}
