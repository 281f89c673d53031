// How much of each text is measured, and how.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Select } from '../../kit/select.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { CHUNKS, CONTEXTS, useAmount } from './prove-choices.ts';
import styles from './prove.module.css';

export function Amount(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [amount, setAmount] = useAmount();
  return (
    <section className={styles.group} aria-label={t('prove.amount')}>
      <h2>{t('prove.amount')}</h2>
      <div className={styles.amount}>
        <Select
          label={t('prove.context')}
          choices={CONTEXTS.map((ctx) => ({ id: String(ctx), label: format.count(ctx) }))}
          value={String(amount.ctx)}
          onChange={(id) => setAmount({ ...amount, ctx: CONTEXTS.find((ctx) => String(ctx) === id) ?? amount.ctx })}
        />
        <Select
          label={t('prove.chunks')}
          choices={CHUNKS.map((count) => ({
            id: String(count),
            label: count === 0 ? t('prove.wholeText') : t('prove.firstChunks', { count }),
            note: count === 0 ? undefined : t('prove.upTo', { tokens: format.count(count * amount.ctx) }),
          }))}
          value={String(amount.chunks)}
          onChange={(id) =>
            setAmount({ ...amount, chunks: CHUNKS.find((count) => String(count) === id) ?? amount.chunks })
          }
        />
      </div>
    </section>
  );
}
