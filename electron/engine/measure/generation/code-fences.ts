// Fenced code blocks of Markdown, as CommonMark 0.31 defines them (section 4.5).

type FencedBlock = {
  /** First word after the opening fence, in lower case: "json"; empty where there is none. */
  readonly language: string;
  readonly content: string;
  /** False: the text ends inside of it. */
  readonly closed: boolean;
};

// However far in: a fence in a list or a quote is indented.
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

/** A closing fence has the same sign, at least as often, and nothing behind it. */
function closes(line: string, fence: string): boolean {
  const found = CLOSING.exec(line)?.[1];
  return found !== undefined && found[0] === fence[0] && found.length >= fence.length;
}
