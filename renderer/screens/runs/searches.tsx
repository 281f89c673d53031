// Searches for best files, listed by their purpose so that they can be found again.
import { ArrowRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FitSearch } from '../../../electron/contract/api/fit.ts';
import { fitLosses } from '../../../electron/contract/fit-words.ts';
import { Button } from '../../kit/button.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { useVoice } from '../../kit/speech.ts';
import { useFormat } from '../../kit/use-format.ts';
import { openSearch } from '../../state/best-search.ts';
import { useCall } from '../../state/calls.ts';
import styles from './runs.module.css';
import { isNamedTwice } from './search-names.ts';

export function Searches(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const searches = useCall('fit.list', {}).data ?? [];
  const nameOf = ({ domain, budgetBytes }: FitSearch): string =>
    t('runs.searchName', { domain, budget: format.bytes(budgetBytes) });
  const open = searches.filter(({ modelId, domainId }) => modelId !== null && domainId !== null);
  if (open.length === 0) return null;
  return (
    <section className={classNames(kit.stack2, styles.choices)} aria-label={t('runs.searches')}>
      <h2>{t('runs.searches')}</h2>
      <ul>
        {open.map((search) => (
          <SearchLine
            key={search.jobId}
            search={search}
            name={nameOf(search)}
            isTwice={isNamedTwice(search, searches, nameOf)}
          />
        ))}
      </ul>
    </section>
  );
}

type SearchLineProps = {
  readonly search: FitSearch;
  readonly name: string;
  /** Another search has the same name, so it shows when it began. */
  readonly isTwice: boolean;
};

function SearchLine({ search, name: short, isTwice }: SearchLineProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const voice = useVoice();
  const { modelName, state, createdMs, found } = search;
  const when = format.date(found?.finishedMs ?? createdMs);
  const name = isTwice ? t('runs.searchTwice', { name: short, when }) : short;
  const best = found?.result.files[found.result.best];
  return (
    <li className={styles.file}>
      <div className={styles.fileLine}>
        <span>
          <strong>{name}</strong> {found === null ? t(`frame.job.state.${state}`) : fitLosses(found.result, voice)}
        </span>
        <span className={kit.dim}>
          {modelName}
          {!isTwice && <span className={styles.when}> · {when}</span>}
        </span>
        <span className={kit.dim}>{best && <Bytes value={best.bytes} />}</span>
        <Button
          size="small"
          icon={ArrowRight}
          aria-label={`${t('runs.openSearch')}: ${name}`}
          onPress={() => openSearch(search)}
        >
          {t('runs.openSearch')}
        </Button>
      </div>
    </li>
  );
}
