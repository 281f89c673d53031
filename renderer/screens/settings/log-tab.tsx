// The engine's log as it grows, filtered by level and text.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogLine } from '../../../electron/contract/api/app.ts';
import { classNames } from '../../kit/class-names.ts';
import { CopyButton } from '../../kit/copy-button.tsx';
import { matcher } from '../../kit/matcher.ts';
import kit from '../../kit/primitives.module.css';
import { SearchField } from '../../kit/search-field.tsx';
import { Segmented } from '../../kit/segmented.tsx';
import { useCall } from '../../state/calls.ts';
import { useKeptState } from '../../state/kept-state.ts';
import { SettingsError } from './settings-error.tsx';
import styles from './settings.module.css';

const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
type Level = (typeof LEVELS)[number];

const LINE_HEIGHT = 20;

function lineText({ timeMs, level, source, text }: LogLine): string {
  return `${new Date(timeMs).toISOString()} ${level} [${source}] ${text}`;
}

export function LogTab(): ReactNode {
  const { t } = useTranslation();
  const [level, setLevel] = useKeptState<Level>('settings.logLevel', 'info');
  const [search, setSearch] = useKeptState('settings.logSearch', '');
  const { data: lines = [], error } = useCall('log.tail', {});
  const isFound = matcher(search);
  const shown = lines.filter((line) => LEVELS.indexOf(line.level) <= LEVELS.indexOf(level) && isFound(lineText(line)));
  return (
    <div className={classNames(kit.stack3, styles.log)}>
      <div className={classNames(kit.cluster, styles.logTools)}>
        <Segmented
          label={t('settings.log.level')}
          isLabelHidden
          segments={LEVELS.map((id) => ({ id, label: t(`settings.log.${id}`) }))}
          value={level}
          onChange={setLevel}
        />
        <div className={styles.search}>
          <SearchField label={t('settings.log.search')} value={search} onChange={setSearch} />
        </div>
        <CopyButton text={shown.map(lineText).join('\n')} label={t('settings.log.copy', { count: shown.length })} />
      </div>
      <SettingsError error={error} />
      {shown.length === 0 ? (
        <p className={kit.lead}>{t(lines.length === 0 ? 'settings.log.empty' : 'settings.log.noMatch')}</p>
      ) : (
        <Lines lines={shown} />
      )}
    </div>
  );
}

/** Follows the end of the log as long as the end is visible. */
function Lines({ lines }: { readonly lines: readonly LogLine[] }): ReactNode {
  const { t, i18n } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const time = new Intl.DateTimeFormat(i18n.language, { timeStyle: 'medium' });
  // oxlint-disable-next-line react/incompatible-library -- nothing that it returns is passed on or memoised
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 12,
  });
  useEffect(() => {
    if (isAtEnd.current && lines.length > 0) virtualizer.scrollToIndex(lines.length - 1);
  }, [lines.length, virtualizer]);
  return (
    <div
      ref={scroller}
      role="log"
      aria-live="off"
      aria-label={t('settings.tab.log')}
      tabIndex={0}
      className={classNames(kit.framed, kit.scroll, styles.lines)}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollTop + clientHeight >= scrollHeight - LINE_HEIGHT;
      }}
    >
      <div className={styles.linesBody} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const line = lines[index];
          if (line === undefined) return null;
          return (
            <div
              key={index}
              ref={virtualizer.measureElement}
              data-index={index}
              className={classNames(styles.line, styles[line.level])}
              style={{ transform: `translateY(${start}px)` }}
            >
              <span className={kit.dim}>{time.format(line.timeMs)}</span>
              <span>{t(`settings.log.${line.level}`)}</span>
              <span className={kit.dim}>{line.source}</span>
              <span>{line.text}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
