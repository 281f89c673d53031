// What a search found: its sentence, and what can be done with it.
import { ChartScatter, Check, FileOutput, Search } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FoundFit } from '../../../../electron/contract/api/fit.ts';
import { isPlain } from '../../../../electron/contract/fit.ts';
import { fitSentence } from '../../../../electron/contract/fit-words.ts';
import { Button } from '../../../kit/button.tsx';
import { classNames } from '../../../kit/class-names.ts';
import { Dialog } from '../../../kit/dialog.tsx';
import { ErrorPanel } from '../../../kit/error-panel.tsx';
import kit from '../../../kit/primitives.module.css';
import { useVoice } from '../../../kit/speech.ts';
import { useFormat } from '../../../kit/use-format.ts';
import { reportFailure } from '../../../state/report-failure.ts';
import styles from './best-file.module.css';
import { Compared } from './compared.tsx';
import { bestOf, useTaking } from './taking.ts';

type FoundProps = {
  readonly found: FoundFit;
  readonly modelId: string;
  /** null: a search goes on. */
  readonly onSearch: (() => void) | null;
};

export function Found({ found, modelId, onSearch }: FoundProps): ReactNode {
  const { t } = useTranslation();
  const voice = useVoice();
  const format = useFormat();
  const [isOpen, setOpen] = useState(false);
  const { result } = found;
  const sentence = fitSentence(result, voice);
  const close = (): void => setOpen(false);
  return (
    <>
      <p className={styles.text}>
        {sentence} <span className={kit.dim}>{format.when(found.finishedMs)}</span>
      </p>
      <div className={classNames(kit.cluster, styles.offers)}>
        <Offers found={found} modelId={modelId} />
        <Button size="small" variant="quiet" icon={ChartScatter} onPress={() => setOpen(true)}>
          {t('fit.compared')}
        </Button>
        {onSearch !== null && (
          <Button size="small" variant="quiet" icon={Search} onPress={onSearch}>
            {t('fit.again')}
          </Button>
        )}
      </div>
      {isOpen && (
        <Dialog
          title={t('fit.comparedTitle', { domain: result.domain })}
          isOpen
          onClose={close}
          size="wide"
          footer={<Offers found={found} modelId={modelId} onTaken={close} />}
        >
          <div className={classNames(kit.stack3, styles.search)}>
            <p className={styles.summary}>{sentence}</p>
            <Compared result={result} />
          </div>
        </Dialog>
      )}
    </>
  );
}

type OffersProps = Pick<FoundProps, 'found' | 'modelId'> & { readonly onTaken?: () => void };

/** The best file, chosen or written; one with all experts is no choice, and written as it is. */
function Offers({ found, modelId, onTaken }: OffersProps): ReactNode {
  const { t } = useTranslation();
  const { take, takeAndExport, writePlain, writing } = useTaking(found, modelId);
  const best = bestOf(found);
  if (found.selection !== null) {
    return (
      <>
        <Button
          size="small"
          icon={Check}
          onPress={() => {
            take();
            onTaken?.();
          }}
        >
          {t('fit.choose')}
        </Button>
        <Button size="small" icon={FileOutput} onPress={() => void takeAndExport()}>
          {t('fit.export')}
        </Button>
      </>
    );
  }
  if (!isPlain(best, found.result.nExpert)) return <span className={kit.dim}>{t('fit.runGone')}</span>;
  if (best.type === null) return null;
  return (
    <>
      <Button
        size="small"
        icon={FileOutput}
        isDisabled={writing.isPending}
        onPress={() => void writePlain().catch(reportFailure)}
      >
        {t('fit.writePlain', { type: best.type })}
      </Button>
      {writing.error !== null && <ErrorPanel error={writing.error.toData()} />}
    </>
  );
}
