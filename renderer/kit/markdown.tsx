// A model's Markdown as React elements. Links show their address and are not clickable, pictures become their
// description, and HTML is text.
import type { MarkedToken, Token, Tokens } from 'marked';
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from './class-names.ts';
import { CopyButton } from './copy-button.tsx';
import styles from './markdown.module.css';
import kit from './primitives.module.css';
import { readMarkdown } from './read-markdown.ts';

export function Markdown({ text }: { readonly text: string }): ReactNode {
  const tokens = useMemo(() => readMarkdown(text), [text]);
  return (
    <div className={styles.markdown} dir="auto">
      {tokens === null ? <p>{text}</p> : <All tokens={tokens} />}
    </div>
  );
}

// tokens are only appended, so their indices serve as keys
function All({ tokens }: { readonly tokens: readonly Token[] }): ReactNode {
  return tokens.map((token, at) => <One key={at} token={token as MarkedToken} />);
}

function One({ token }: { readonly token: MarkedToken }): ReactNode {
  switch (token.type) {
    case 'paragraph':
      return (
        <p>
          <All tokens={token.tokens} />
        </p>
      );
    case 'heading':
      // the page has headings of its own
      return (
        <p className={styles.heading} data-level={token.depth}>
          <All tokens={token.tokens} />
        </p>
      );
    case 'code':
      return <Code text={token.text} />;
    case 'blockquote':
      return (
        <blockquote>
          <All tokens={token.tokens} />
        </blockquote>
      );
    case 'list': {
      const items = token.items.map((item, at) => (
        <li key={at}>
          <All tokens={item.tokens} />
        </li>
      ));
      return token.ordered ? <ol start={token.start === '' ? 1 : token.start}>{items}</ol> : <ul>{items}</ul>;
    }
    case 'table':
      return <Table head={token.header} rows={token.rows} />;
    case 'hr':
      return <hr />;
    case 'space':
      return null;
    case 'br':
      return <br />;
    case 'codespan':
      return <code>{token.text}</code>;
    case 'strong':
      return (
        <strong>
          <All tokens={token.tokens} />
        </strong>
      );
    case 'em':
      return (
        <em>
          <All tokens={token.tokens} />
        </em>
      );
    case 'del':
      return (
        <s>
          <All tokens={token.tokens} />
        </s>
      );
    case 'link':
    case 'image':
      return (
        <>
          <All tokens={token.tokens} />
          {token.href !== token.text && <span className={kit.dim}> ({token.href})</span>}
        </>
      );
    case 'checkbox':
      return token.checked ? '☑ ' : '☐ ';
    case 'text':
      return token.tokens ? <All tokens={token.tokens} /> : token.text;
    default:
      return 'text' in token ? token.text : token.raw;
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

type Cells = readonly Tokens.TableCell[];

function Table({ head, rows }: { readonly head: Cells; readonly rows: readonly Cells[] }): ReactNode {
  return (
    <div className={styles.table}>
      <table>
        <thead>
          <tr>
            {head.map((cell, at) => (
              <th key={at} scope="col">
                <All tokens={cell.tokens} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>
                  <All tokens={cell.tokens} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
