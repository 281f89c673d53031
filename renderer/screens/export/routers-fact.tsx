// That a file has calibrated routers, and what that was found to be worth.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CalibrationFacts } from '../../../electron/contract/calibration.ts';
import { useFormat } from '../../kit/use-format.ts';
import { KL_DIGITS } from './kl-digits.ts';

/** @param facts null: it has the source's, which needs no saying */
export function RoutersFact({ facts }: { readonly facts: CalibrationFacts | null }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  if (facts === null) return null;
  const { before, after } = facts.gate.kl;
  return (
    <>
      <dt>{t('export.calibration.routers')}</dt>
      <dd>
        {t('export.calibration.fitted', {
          demos: format.count(facts.demos),
          before: format.decimal(before.value, KL_DIGITS),
          after: format.decimal(after.value, KL_DIGITS),
        })}
      </dd>
    </>
  );
}
