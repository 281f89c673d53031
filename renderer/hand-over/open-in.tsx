// The end of the journey: the written file stands ready in the user's own program.
import { Bot, Layers, SquareTerminal, Warehouse, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PROGRAMS, type Opened, type Program } from '../../electron/contract/api/programs.ts';
import type { CallResult } from '../../electron/contract/api.ts';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import { CopyButton } from '../kit/copy-button.tsx';
import { ErrorPanel } from '../kit/error-panel.tsx';
import kit from '../kit/primitives.module.css';
import { ProgressBar } from '../kit/progress-bar.tsx';
import { useFormat } from '../kit/use-format.ts';
import { bridge } from '../state/bridge.ts';
import { useCall, useCallMutation } from '../state/calls.ts';
import { reportFailure } from '../state/report-failure.ts';
import styles from './hand-over.module.css';
import { forgetOpening, isOpening, openFileIn, useOpening, type Opening } from './opening.ts';

const ICONS: Readonly<Record<Program, LucideIcon>> = {
  'lm-studio': Warehouse,
  ollama: Layers,
  'llama-cpp': SquareTerminal,
  jan: Bot,
};

export function OpenIn({ exportId }: { readonly exportId: number }): ReactNode {
  const { t } = useTranslation();
  const programs = useCall('programs.list', {}, { isOfFiles: true }).data ?? [];
  const copies = programs.flatMap(({ copy }) => copy ?? []);
  const opening = useOpening(exportId);
  const { opened = null, error = null } = opening ?? {};
  const takeBack = useCallMutation('undo', { onSuccess: () => forgetOpening(exportId), onError: reportFailure });
  const canName = bridge().host === 'desktop';
  const isHere = (program: Program): boolean => programs.find((one) => one.program === program)?.isHere ?? false;
  const shown = PROGRAMS.filter((program) => canName || isHere(program));
  const missing = PROGRAMS.filter((program) => !shown.includes(program));
  const format = useFormat();

  const start = async (program: Program): Promise<void> => {
    const [folder] = isHere(program) ? [] : await bridge().pickFiles('folder');
    if (!isHere(program) && folder === undefined) return;
    await openFileIn(program, exportId, folder?.id ?? null);
  };

  return (
    <section className={classNames(kit.stack2, styles.part)} aria-label={t('export.openIn')}>
      <h3>{t('export.openIn')}</h3>
      <div className={kit.cluster}>
        {shown.map((program) => (
          <Button
            key={program}
            icon={ICONS[program]}
            isDisabled={opening !== null && isOpening(opening)}
            onPress={() => void start(program).catch(reportFailure)}
          >
            {isHere(program)
              ? t(`export.programs.${program}`)
              : t('export.programFolder', { program: t(`export.programs.${program}`) })}
          </Button>
        ))}
      </div>
      {missing.length > 0 && (
        <p className={classNames(kit.dim, styles.note)}>
          {t('export.notHere', { programs: format.list(missing.map((program) => t(`export.programs.${program}`))) })}
        </p>
      )}
      <div role="status" className={classNames(kit.stack2, styles.outcome)}>
        {opening !== null && isOpening(opening) && (
          <OnTheWay opening={opening} copy={copies.find((copy) => copy.exportId === exportId) ?? null} />
        )}
        {opened !== null && (
          <OpenedFacts
            opened={opened}
            isBusy={takeBack.isPending}
            onTakeBack={(undoId) => takeBack.mutate({ undoId })}
          />
        )}
      </div>
      {error !== null && <ErrorPanel error={error} safe={t('export.openSafe')} />}
    </section>
  );
}

type OnTheWayProps = {
  readonly opening: Opening;
  readonly copy: CallResult<'programs.list'>[number]['copy'];
};

/** Links are made at once; a copy takes its time. */
function OnTheWay({ opening: { program, cancel }, copy }: OnTheWayProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  if (copy === null) return <p className={styles.note}>{t('export.opening')}</p>;
  const { done, total } = copy;
  return (
    <div className={classNames(kit.stack2, styles.progress)}>
      <ProgressBar
        label={t('export.copyingTo', { program: t(`export.programs.${program}`) })}
        value={total > 0 ? done / total : null}
        detail={`${format.bytes(done)} / ${format.bytes(total)}`}
      />
      <Button size="small" onPress={cancel}>
        {t('export.cancel')}
      </Button>
    </div>
  );
}

type OpenedFactsProps = {
  readonly opened: CallResult<'programs.open'>;
  readonly isBusy: boolean;
  readonly onTakeBack: (undoId: number) => void;
};

function OpenedFacts({ opened, isBusy, onTakeBack }: OpenedFactsProps): ReactNode {
  const { t } = useTranslation();
  const { program, how, displayPath, ctx, isSplit, undoId } = opened;
  const commands = opened.commands.filter(({ kind }) => kind !== 'remove');
  return (
    <>
      <p className={styles.note}>
        {t(`export.openedHow.${how}`)}
        {displayPath !== null && (
          <>
            {' '}
            <span className={styles.path}>{displayPath}</span>
          </>
        )}
      </p>
      <p className={styles.note}>{t(`export.openedNext.${program}`)}</p>
      {commands.map((command) => (
        <Command key={command.kind} command={command} />
      ))}
      {ctx !== null && <p className={classNames(kit.dim, styles.note)}>{t('export.openedContext', { count: ctx })}</p>}
      {isSplit && program === 'ollama' && <p className={classNames(kit.dim, styles.note)}>{t('export.openedSplit')}</p>}
      {undoId !== null && (
        <div className={kit.cluster}>
          <Button size="small" isDisabled={isBusy} onPress={() => onTakeBack(undoId)}>
            {t('export.takeBack')}
          </Button>
          <span className={classNames(kit.dim, styles.note)}>{t('export.takeBackNote')}</span>
        </div>
      )}
    </>
  );
}

function Command({ command: { kind, text } }: { readonly command: Opened['commands'][number] }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={classNames(kit.framed, styles.command)}>
      <span className={kit.dim}>{t(`export.command.${kind}`)}</span>
      <code className={kit.quoted}>{text}</code>
      <CopyButton text={text} label={t('export.copyCommand')} isCompact />
    </div>
  );
}
