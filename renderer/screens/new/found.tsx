// The result: the file, what it costs, which alternatives of its size exist, and what can be done with it.
import { ChevronDown, FileOutput, MessagesSquare, Microscope, Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FitSearch, FoundFit } from '../../../electron/contract/api/fit.ts';
import {
  demosText,
  fileText,
  fitBeside,
  fitHow,
  fitOffer,
  lossLines,
  lossText,
  shortFileText,
} from '../../../electron/contract/fit-texts.ts';
import { bestFile, isSource, otherFile, type FitFile } from '../../../electron/contract/fit.ts';
import { DownloadModel } from '../../hand-over/download-model.tsx';
import { MissingPrograms, OpenMenu, OpenOutcome } from '../../hand-over/open-in.tsx';
import { Button } from '../../kit/button.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import { fileName } from '../../kit/file-name.ts';
import kit from '../../kit/primitives.module.css';
import { Screen } from '../../kit/screen.tsx';
import { useLocale } from '../../kit/translate.ts';
import table from '../../kit/table.module.css';
import { useFormat } from '../../kit/use-format.ts';
import { needBytes } from '../../memory/memory-scale.ts';
import { bridge } from '../../state/bridge.ts';
import { foundChoice, showSearch } from '../../state/best-search.ts';
import { callEngine, useCall, useCallMutation } from '../../state/calls.ts';
import { go } from '../../state/navigation.ts';
import { followWriting } from '../../state/planned-file.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { choose } from '../../state/trail.ts';
import { goTry } from '../../state/try-request.ts';
import { alternativesOf } from './alternatives.ts';
import { Answers } from './answers.tsx';
import styles from './new.module.css';
import { Compared } from './compared.tsx';
import { fileNameFor } from './search.ts';

type FoundProps = { readonly search: FitSearch; readonly found: FoundFit };

export function Found({ search, found }: FoundProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const locale = useLocale();
  const how = fitHow(found.result, locale);
  const best = bestFile(found.result);
  const demos = demosText(found.result, locale);
  const { modelId, domainId } = search;
  const again = (): void => {
    if (modelId !== null && domainId !== null) showSearch({ modelId, domainId }, 'new');
  };
  return (
    <Screen
      title={t('frame.screen.new')}
      lead={t('fit.foundLead', {
        model: search.modelName,
        domain: search.domain,
        budget: format.bytes(search.budgetBytes),
        when: format.when(found.finishedMs),
      })}
      action={
        <Button variant="quiet" icon={Search} onPress={again}>
          {t('fit.again')}
        </Button>
      }
    >
      <div className={classNames(kit.stack5, styles.result)}>
        <BestFile search={search} found={found} />
        <Answers search={search} />
        <Alternatives search={search} found={found} />
        <details className={styles.more}>
          <summary>{t('fit.more')}</summary>
          <div className={classNames(kit.stack3, styles.options)}>
            <p>{fileText(best, found.result.nExpert, locale)}</p>
            {!isSource(best, found.result.nExpert) && <p>{t(`fit.${repairOf(best)}`)}</p>}
            {how !== '' && <p>{how}</p>}
            {demos !== null && <p>{demos}</p>}
            {found.selection !== null && (
              <div>
                <Button
                  size="small"
                  icon={Microscope}
                  onPress={() => void seeInside(search, found).catch(reportFailure)}
                >
                  {t('files.byHand')}
                </Button>
              </div>
            )}
            <Compared result={found.result} />
          </div>
        </details>
      </div>
    </Screen>
  );
}

function BestFile({ search, found }: FoundProps): ReactNode {
  const { t } = useTranslation();
  const locale = useLocale();
  const format = useFormat();
  const { file, result } = found;
  const best = bestFile(result);
  const isWhole = isSource(best, result.nExpert);
  const lines = lossLines(result, locale);
  const memory = format.bytes(best.memoryBytes);
  const whole = useCall(
    'library.memory',
    { modelId: search.modelId ?? '', ctx: result.ctx, keep: null },
    { enabled: search.modelId !== null, isOfFiles: true },
  ).data;
  const isThere = isWhole || (file !== null && file.modelId !== null);
  return (
    <section className={classNames(kit.stack3, kit.framed, styles.best)} aria-label={t('fit.file')}>
      <div className={styles.headline}>
        <h2 className={kit.quoted}>{file === null ? search.modelName : fileName(file.displayPath)}</h2>
        <strong className={styles.bytes}>
          <Bytes value={best.bytes} />
        </strong>
      </div>
      {lines === null ? (
        <p>{t('fit.isSource')}</p>
      ) : (
        <dl className={styles.losses}>
          <dt>{t('files.onWork')}</dt>
          <dd>{lines.inside}</dd>
          <dt>{t('files.onOther')}</dt>
          <dd>{lines.outside ?? t('files.notMeasured')}</dd>
        </dl>
      )}
      <p>
        {isWhole || whole === undefined
          ? t('fit.needs', { memory, ctx: result.ctx })
          : t('fit.instead', {
              file: format.bytes(best.bytes),
              wholeFile: format.bytes(result.fullBytes),
              memory,
              wholeMemory: format.bytes(needBytes(whole.full)),
              ctx: result.ctx,
            })}
      </p>
      {!isWhole && (
        <p className={isThere ? kit.dim : kit.warning}>
          {file === null ? (
            t('fit.notWritten')
          ) : isThere ? (
            <span className={kit.quoted}>{file.displayPath}</span>
          ) : (
            t('fit.fileGone')
          )}
        </p>
      )}
      {isThere && (
        <div className={kit.cluster}>
          <Button variant="primary" icon={MessagesSquare} onPress={() => tryFound(search)}>
            {t('fit.try')}
          </Button>
          {file !== null && (
            <>
              <OpenMenu exportId={file.exportId} trigger={<Button icon={ChevronDown}>{t('fit.openIn')}</Button>} />
              <DownloadModel exportId={file.exportId} bytes={best.bytes} />
            </>
          )}
        </div>
      )}
      {file !== null && (
        <>
          {isThere && <MissingPrograms exportId={file.exportId} />}
          <OpenOutcome exportId={file.exportId} />
        </>
      )}
    </section>
  );
}

/** What became of its repair. @returns a key of `fit` */
function repairOf({ repair }: FitFile): 'repaired' | 'notRepaired' | 'noRepair' {
  if (repair === null) return 'noRepair';
  return repair.isKept ? 'repaired' : 'notRepaired';
}

function tryFound(search: FitSearch): void {
  choose(foundChoice(search));
  goTry();
}

/** Makes its experts the current choice, which is stored again if it was deleted. */
async function seeInside(search: FitSearch, { selection, file }: FoundFit): Promise<void> {
  const chosen = foundChoice(search);
  if (selection !== null && !file?.selectionId) {
    const { id } = await callEngine('selections.save', { request: selection, name: '', changedFrom: null });
    choose({ ...chosen, selectionId: id });
  } else choose(chosen);
  go('choose');
}

/** Why this file: beside the best one of the other kind, with all experts or with fewer, and the model as it is. */
function Alternatives({ search, found }: FoundProps): ReactNode {
  const { t } = useTranslation();
  const locale = useLocale();
  const { result } = found;
  const { nExpert, fullBytes } = result;
  const rows = alternativesOf(result);
  const beside = fitBeside(result, locale);
  const offer = fitOffer(result, locale);
  const loss = (file: FitFile | null, side: 'inside' | 'outside'): string => {
    if (file === null || isSource(file, nExpert)) return t('fit.unchanged');
    const ratio = file.confirmed?.[side];
    return ratio ? lossText(ratio, locale) : t('fit.unknown');
  };
  return (
    <section className={kit.stack2} aria-label={t('fit.beside')}>
      <h2>{t('fit.beside')}</h2>
      {beside !== '' && <p>{beside}</p>}
      <div className={table.scroll} tabIndex={0} role="region" aria-label={t('fit.besideTable')}>
        <table className={classNames(table.ruled, styles.table, styles.wrapped)}>
          <thead>
            <tr>
              <th scope="col">{t('fit.size')}</th>
              <th scope="col" className={styles.number}>
                {t('models.size')}
              </th>
              <th scope="col">{t('files.onWork')}</th>
              <th scope="col">{t('files.onOther')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ kind, file }) => (
              <tr key={kind} className={classNames(kind === 'shown' && kit.strong)}>
                <th scope="row" className={styles.long}>
                  {kind === 'shown'
                    ? t('fit.thisFile')
                    : file === null
                      ? t('fit.wholeModel')
                      : shortFileText(file, locale)}
                </th>
                <td className={styles.number}>
                  <Bytes value={file === null ? fullBytes : file.bytes} />
                </td>
                <td>{loss(file, 'inside')}</td>
                <td>{loss(file, 'outside')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {offer !== null && <TakeOther search={search} found={found} offer={offer} />}
    </section>
  );
}

type TakeOtherProps = FoundProps & {
  /** What would be written, and why one would want it. */
  readonly offer: string;
};

/** Writes the file that the found one is compared with, which is then chosen. */
function TakeOther({ search, found: { result, runId }, offer }: TakeOtherProps): ReactNode {
  const { t } = useTranslation();
  const { jobId, modelName, domain } = search;
  const take = useCallMutation('fit.takeOther', {
    onSuccess: ({ jobId: writing, selectionId }) => {
      choose({ ...foundChoice(search), selectionId, exportId: null });
      followWriting(selectionId, writing);
    },
    onError: reportFailure,
  });
  const begin = async (): Promise<void> => {
    const type = otherFile(result)?.type ?? result.sourceType;
    const name = fileNameFor(modelName, result.sourceType, `${domain}-${type}`);
    const target = await bridge().newTarget('model', name);
    take.mutate({ jobId, target: target.id, overwrite: false });
  };
  return (
    <section className={classNames(kit.stack3, kit.framed, styles.offer)} aria-label={t('fit.offer')}>
      <p>{offer}</p>
      <div>
        <Button
          size="small"
          icon={FileOutput}
          isDisabled={take.isPending || runId === null}
          onPress={() => void begin().catch(reportFailure)}
        >
          {t('fit.takeOther')}
        </Button>
      </div>
    </section>
  );
}
