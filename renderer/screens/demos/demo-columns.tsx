// The columns of the table of demos.
import { Bot, MessageCircleQuestion } from 'lucide-react';
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DemoSummary } from '../../../electron/contract/api/demos.ts';
import { Badge } from '../../kit/badge.tsx';
import kit from '../../kit/primitives.module.css';
import type { Column } from '../../kit/table-column.ts';
import { useFormat } from '../../kit/use-format.ts';
import styles from './demos.module.css';

export function useDemoColumns(): readonly Column<DemoSummary>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: 'opening',
        header: t('demos.opening'),
        width: 'minmax(180px, 1fr)',
        cell: ({ opening }) => (opening === '' ? <span className={kit.dim}>{t('demos.noText')}</span> : opening),
        sortValue: ({ opening }) => opening,
      },
      {
        id: 'kind',
        header: t('demos.kind'),
        width: '140px',
        leaves: 1,
        cell: (demo) => <Kind demo={demo} />,
        sortValue: ({ kind, turns, promptOnly }) => (promptOnly ? -1 : kind === 'text' ? 0 : turns),
      },
      {
        id: 'chars',
        header: t('demos.chars'),
        width: '96px',
        leaves: 2,
        isNumeric: true,
        cell: ({ chars }) => format.count(chars),
        sortValue: ({ chars }) => chars,
      },
      {
        id: 'source',
        header: t('demos.source'),
        width: 'minmax(124px, 0.4fr)',
        leaves: 3,
        cell: ({ source, line }) => (
          <span className={styles.source} title={t('demos.sourceLine', { file: source, line })}>
            <span className={kit.ellipsis}>{source}</span>
            <span>:{line}</span>
          </span>
        ),
        sortValue: ({ source, line }) => `${source} ${line}`,
      },
    ],
    [t, format],
  );
}

function Kind({ demo: { kind, turns, promptOnly, answeredByModel } }: { readonly demo: DemoSummary }): ReactNode {
  const { t } = useTranslation();
  if (promptOnly) {
    return (
      <Badge tone="caution" icon={MessageCircleQuestion}>
        {t('demos.promptOnly')}
      </Badge>
    );
  }
  if (answeredByModel) {
    return (
      <Badge tone="accent" icon={Bot}>
        {t('demos.answered')}
      </Badge>
    );
  }
  return kind === 'text' ? t('demos.text') : t('demos.turns', { count: turns });
}
