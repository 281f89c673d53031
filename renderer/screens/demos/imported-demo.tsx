// The demo as it was in its file.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChatMessage } from '../../../electron/contract/demo.ts';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useCall } from '../../state/calls.ts';
import styles from './demo-inspector.module.css';

/** A document may have millions of characters; rendering them all would block the window. */
const SHOWN_CHARS = 20_000;
const ROLES = ['system', 'user', 'assistant', 'tool'] as const;

export function ImportedDemo({ demoId }: { readonly demoId: number }): ReactNode {
  const { t } = useTranslation();
  const { data, error } = useCall('demos.get', { demoId }, { keepPrevious: true });
  if (error !== null) return <ErrorPanel error={error.toData()} />;
  if (data === undefined) return <SkeletonRows rows={10} />;
  return (
    <div
      className={classNames(kit.framed, kit.quoted, styles.text)}
      tabIndex={0}
      role="region"
      aria-label={t('demos.demo')}
    >
      {data.kind === 'text' ? (
        <LongText text={data.text} />
      ) : (
        <>
          {data.messages.map((message, index) => (
            <Message key={index} message={message} />
          ))}
          {data.tools !== undefined && <Json label={t('demos.tools')} value={data.tools} />}
        </>
      )}
    </div>
  );
}

function Message({ message }: { readonly message: ChatMessage }): ReactNode {
  const { t } = useTranslation();
  const { role, content, reasoning_content: reasoning, tool_calls: toolCalls } = message;
  const knownRole = ROLES.find((name) => name === role);
  return (
    <article className={styles.message}>
      <h3 className={classNames(kit.note, styles.role)}>
        {knownRole === undefined ? role : t(`demos.roles.${knownRole}`)}
      </h3>
      {reasoning !== undefined && (
        <details>
          <summary>{t('demos.reasoning')}</summary>
          <LongText text={reasoning} />
        </details>
      )}
      <LongText text={content} />
      {toolCalls !== undefined && <Json label={t('demos.toolCalls')} value={toolCalls} />}
    </article>
  );
}

function Json({ label, value }: { readonly label: string; readonly value: readonly unknown[] }): ReactNode {
  return (
    <details>
      <summary>{label}</summary>
      <LongText text={JSON.stringify(value, null, 2)} />
    </details>
  );
}

function LongText({ text }: { readonly text: string }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const rest = text.length - SHOWN_CHARS;
  return (
    <>
      <p>{text.slice(0, SHOWN_CHARS)}</p>
      {rest > 0 && <p className={kit.dim}>{t('demos.moreChars', { chars: format.count(rest) })}</p>}
    </>
  );
}
