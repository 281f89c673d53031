// A model's Markdown as React elements. Links show their address and are not clickable, pictures become their
// description, and HTML is text.
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from './class-names.ts';
import { CopyButton } from './copy-button.tsx';
import { readMarkdown, type Block, type Inline } from './markdown-blocks.ts';
import styles from './markdown.module.css';
import kit from './primitives.module.css';

export function Markdown({ text }: { readonly text: string }): ReactNode {
  const blocks = useMemo(() => readMarkdown(text), [text]);
  return (
    <div className={styles.markdown} dir="auto">
      <Blocks blocks={blocks} />
    </div>
  );
}

// blocks are only appended, so their indices serve as keys
function Blocks({ blocks }: { readonly blocks: readonly Block[] }): ReactNode {
  return blocks.map((block, at) => <OneBlock key={at} block={block} />);
}

function OneBlock({ block }: { readonly block: Block }): ReactNode {
  switch (block.kind) {
    case 'paragraph':
      return (
        <p>
          <Words content={block.content} />
        </p>
      );
    case 'heading':
      // the page has headings of its own
      return (
        <p className={styles.heading} data-level={block.level}>
          <Words content={block.content} />
        </p>
      );
    case 'code':
      return <Code text={block.text} />;
    case 'quote':
      return (
        <blockquote>
          <Blocks blocks={block.blocks} />
        </blockquote>
      );
    case 'list': {
      const items = block.items.map((item, at) => (
        <li key={at}>
          <Blocks blocks={item} />
        </li>
      ));
      return block.isOrdered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
    }
    case 'table':
      return <Table head={block.head} rows={block.rows} />;
    case 'rule':
      return <hr />;
  }
}

function Code({ text }: { readonly text: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={classNames(kit.framed, styles.code)}>
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
      <span className={styles.copy}>
        <CopyButton text={text} label={t('kit.copyCode')} isCompact />
      </span>
    </div>
  );
}

function Table({ head, rows }: Pick<Extract<Block, { kind: 'table' }>, 'head' | 'rows'>): ReactNode {
  return (
    <div className={styles.table}>
      <table>
        <thead>
          <tr>
            {head.map((cell, at) => (
              <th key={at} scope="col">
                <Words content={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>
                  <Words content={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Words({ content }: { readonly content: readonly Inline[] }): ReactNode {
  return content.map((part, at) => <Word key={at} part={part} />);
}

function Word({ part }: { readonly part: Inline }): ReactNode {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'code':
      return <code>{part.text}</code>;
    case 'strong':
      return (
        <strong>
          <Words content={part.content} />
        </strong>
      );
    case 'emphasis':
      return (
        <em>
          <Words content={part.content} />
        </em>
      );
    case 'deleted':
      return (
        <s>
          <Words content={part.content} />
        </s>
      );
    case 'link':
      return (
        <>
          <Words content={part.content} />
          {part.address !== '' && <span className={kit.dim}> ({part.address})</span>}
        </>
      );
  }
}
