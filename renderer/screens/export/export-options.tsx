// How the file is written: its type, and the options that are rarely needed: next-token-prediction blocks, an
// importance matrix, and types of single parts of the model.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExportOptions, ExportPlan } from '../../../electron/contract/api/exports.ts';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { Advanced } from '../../experts/advanced.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { Segmented } from '../../kit/segmented.tsx';
import { Switch } from '../../kit/switch.tsx';
import { useCall } from '../../state/calls.ts';
import { changePlanOptions, usePlannedFile } from '../../state/plans.ts';
import { useSettings } from '../../state/settings.ts';
import styles from './export.module.css';
import { ImatrixChoice } from './imatrix-choice.tsx';
import { QuantiseChoice } from './quantise-choice.tsx';
import { QuantiseRules } from './quantise-rules.tsx';
import { RepairChoice } from './repair-choice.tsx';

type ExportOptionsFormProps = {
  readonly selection: Selection;
  readonly planned: ExportPlan | undefined;
};

export function ExportOptionsForm({ selection, planned }: ExportOptionsFormProps): ReactNode {
  const { t } = useTranslation();
  const { options } = usePlannedFile(selection.id);
  const setOptions = (change: Partial<ExportOptions>): void => changePlanOptions(selection.id, change);
  const isAdvanced = useSettings()?.advanced ?? false;
  const model = useCall('library.list', {}).data?.find(({ id }) => id === selection.modelId);
  const usesFewer = planned?.problems.some(({ code }) => code === 'SELECTION_IMPOSSIBLE') ?? false;
  return (
    <section className={classNames(kit.stack3, styles.options)} aria-label={t('export.options')}>
      <QuantiseChoice
        selectionId={selection.id}
        sourceType={model?.details?.fileType ?? ''}
        planned={planned}
        isAdvanced={isAdvanced}
      />
      {options.quantise !== null && <ImatrixChoice selection={selection} />}
      {(usesFewer || options.allowFewerUsed) && (
        <Switch
          isSelected={options.allowFewerUsed}
          onChange={(allowFewerUsed) => setOptions({ allowFewerUsed })}
          note={t('export.fewerNote')}
        >
          {t('export.fewer')}
        </Switch>
      )}
      <RepairChoice selectionId={selection.id} planned={planned} />
      <Advanced>
        {(model?.details?.nextnLayers ?? 0) > 0 && (
          <Segmented
            label={t('export.nextn')}
            segments={[
              { id: 'scored', label: t('export.nextnScored') },
              { id: 'drop', label: t('export.nextnDrop') },
              { id: 'reuse', label: t('export.nextnReuse') },
            ]}
            value={options.nextn}
            onChange={(nextn) => setOptions({ nextn })}
          />
        )}
        {options.quantise !== null && <QuantiseRules selectionId={selection.id} quantise={options.quantise} />}
      </Advanced>
    </section>
  );
}
