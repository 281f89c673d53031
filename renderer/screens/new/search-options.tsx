// Options of the search besides the two questions, for advanced users.
import { FolderOpen } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FitOfDomain } from '../../../electron/contract/api/fit.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import type { Grant } from '../../../electron/contract/bridge.ts';
import { usualTypesBelow } from '../../../electron/contract/quantise.ts';
import { Advanced } from '../../experts/advanced.tsx';
import { Button } from '../../kit/button.tsx';
import { Checkbox } from '../../kit/checkbox.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { Select } from '../../kit/select.tsx';
import { Switch } from '../../kit/switch.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { bridge } from '../../state/bridge.ts';
import { reportFailure } from '../../state/report-failure.ts';
import styles from './new.module.css';
import { isQuantised, triedTypes, withType } from './search.ts';

/** Time limits in seconds. */
const TIMES = [600, 1800, 7200, 28_800] as const;

type SearchOptionsProps = {
  readonly model: ModelEntry;
  readonly params: FitOfDomain;
  readonly onChange: (change: Partial<FitOfDomain>) => void;
  /** The name that is proposed when the user chooses a place. */
  readonly fileName: string;
  readonly onTarget: (target: Grant) => void;
};

export function SearchOptions({ model, params, onChange, fileName, onTarget }: SearchOptionsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const pick = async (): Promise<void> => {
    const target = await bridge().pickTarget('model', fileName);
    if (target !== null) onTarget(target);
  };
  return (
    <Advanced>
      <div className={styles.fields}>
        <Select
          label={t('fit.time')}
          choices={[
            { id: 'none', label: t('fit.noTimeLimit') },
            ...TIMES.map((time) => ({ id: String(time), label: format.duration(1000 * time) })),
          ]}
          value={params.timeLimitSeconds === null ? 'none' : String(params.timeLimitSeconds)}
          onChange={(id) => onChange({ timeLimitSeconds: id === 'none' ? null : Number(id) })}
        />
      </div>
      <Types fileType={model.details?.fileType ?? 'unknown'} params={params} onChange={onChange} />
      <div>
        <Button size="small" icon={FolderOpen} onPress={() => void pick().catch(reportFailure)}>
          {t('fit.elsewhere')}
        </Button>
      </div>
    </Advanced>
  );
}

type ChangeProps = Pick<SearchOptionsProps, 'params' | 'onChange'>;

/** The types to try; quantised weights only have them if quantising again is allowed. */
function Types({ fileType, params, onChange }: ChangeProps & { readonly fileType: string }): ReactNode {
  const { t } = useTranslation();
  const offered = usualTypesBelow(fileType);
  const tried = triedTypes(params, fileType);
  const isLow = isQuantised(fileType);
  return (
    <div className={kit.stack3}>
      {isLow && (
        <Switch
          isSelected={params.requantise}
          onChange={(requantise) => onChange({ requantise, types: null })}
          note={t('fit.requantiseNote', { type: fileType })}
        >
          {t('export.requantize')}
        </Switch>
      )}
      {(!isLow || params.requantise) && offered.length > 0 && (
        <div className={kit.stack1} role="group" aria-label={t('export.types')}>
          <span className={kit.note}>{t(params.types === null ? 'fit.allTypes' : 'export.types')}</span>
          <div className={classNames(kit.chips, styles.checks)}>
            {offered.map((type) => (
              <Checkbox
                key={type}
                isSelected={tried.includes(type)}
                onChange={() => onChange({ types: withType(tried, type, fileType) })}
              >
                {type}
              </Checkbox>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}
