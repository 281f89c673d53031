// Whether scoring ends by itself when the resulting choice is stable, and which choice that is.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { STOP_CONFIDENCE } from '../../../electron/contract/stop-rule.ts';
import { classNames } from '../../kit/class-names.ts';
import { NumberField } from '../../kit/number-field.tsx';
import kit from '../../kit/primitives.module.css';
import { Switch } from '../../kit/switch.tsx';
import { useFormat } from '../../kit/use-format.ts';
import styles from './score.module.css';
import type { Scoring } from './use-scoring.ts';

type StopOptionProps = {
  readonly details: NonNullable<ModelEntry['details']>;
  readonly stop: Scoring['stop'];
};

export function StopOption({ details, stop }: StopOptionProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <Switch
        isSelected={stop.isOn}
        note={t('score.stopNote', { confidence: format.percentWhole(STOP_CONFIDENCE) })}
        onChange={stop.set}
      >
        {t('score.stop')}
      </Switch>
      {stop.isOn && (
        <div className={classNames(kit.chips, styles.optionFields)}>
          <NumberField
            label={t('score.stopKeep', { total: details.nExpert })}
            value={stop.keep}
            minValue={1}
            maxValue={details.nExpert - 1}
            onChange={stop.setKeep}
          />
          <NumberField
            label={t('score.stopShare')}
            value={stop.percent}
            unit="%"
            minValue={1}
            maxValue={50}
            onChange={stop.setPercent}
          />
        </div>
      )}
    </>
  );
}
