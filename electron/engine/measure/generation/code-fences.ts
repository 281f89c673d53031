// Fenced code blocks of Markdown, as CommonMark 0.31 defines them (section 4.5).

type FencedBlock = {
  /** First word after the opening fence, in lower case: "json"; empty: there is none. */
  readonly language: string;
  readonly content: string;
  /** false: the text ends inside the block. */
  readonly closed: boolean;
};

// At any indentation: a fence in a list or a quote is indented.
const OPENING = /^[ \t>]*(`{3,}|~{3,})[ \t]*([^`\s]*)[^`]*$/;
const CLOSING = /^[ \t>]*(`{3,}|~{3,})[ \t]*$/;

/** All fenced blocks, in order. */
export function fencedBlocks(text: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let open: { readonly fence: string; readonly language: string; readonly lines: string[] } | null = null;
  const end = (closed: boolean): void => {
    if (open) blocks.push({ language: open.language, content: open.lines.join('\n'), closed });
    open = null;
  };
  for (const line of text.split(/\r?\n/)) {
    if (open === null) {
      const [, fence, language = ''] = OPENING.exec(line) ?? [];
      if (fence !== undefined) open = { fence, language: language.toLowerCase(), lines: [] };
    } else if (closes(line, open.fence)) {
      end(true);
    } else {
      open.lines.push(line);
    }
  }
  end(false);
  return blocks;
}

/** Whether a line closes a fence: with the same character, at least as many of them, and nothing after them. */
function closes(line: string, fence: string): boolean {
  const found = CLOSING.exec(line)?.[1];
  return found !== undefined && found[0] === fence[0] && found.length >= fence.length;
}
