// What was fitted in a file, and what that was found to be worth; or why a repair was left out.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { RepairGate, RepairReport } from '../../../electron/contract/repair.ts';
import { useTranslate } from '../../kit/translate.ts';
import { useFormat } from '../../kit/use-format.ts';
import { KL_DIGITS } from './kl-digits.ts';

/** The repair of a file. @param report null: no repair was asked for */
export function RepairFact({ report }: { readonly report: RepairReport | null }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const translate = useTranslate();
  if (report === null) return null;
  const { facts, leftOut } = report;
  return (
    <>
      <dt>{t('export.repair.title')}</dt>
      <dd>
        {leftOut !== null && `${t('export.repair.leftOut')} ${translate(leftOut)} `}
        {leftOut === null && facts !== null && `${t('export.repair.down', { demos: format.count(facts.demos) })} `}
        {facts !== null && <Gain gate={facts.gate} />}
      </dd>
    </>
  );
}

/** The figures that decided. */
function Gain({ gate: { demos, kl, top1 } }: { readonly gate: RepairGate }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const nats = (value: number | null): string => (value === null ? '–' : format.decimal(value, KL_DIGITS));
  return (
    <>
      {t('export.repair.kl', {
        before: nats(kl.before.value),
        after: nats(kl.after.value),
        demos: format.count(demos),
        low: nats(kl.difference.low),
        high: nats(kl.difference.high),
      })}{' '}
      {t('export.repair.top1', {
        before: format.percent(top1.before.value),
        after: format.percent(top1.after.value),
      })}
    </>
  );
}
