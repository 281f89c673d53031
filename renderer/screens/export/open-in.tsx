// The end of the journey: the written file stands ready in the user's own program.
import { Bot, Layers, SquareTerminal, Warehouse, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PROGRAMS, type Opened, type Program } from '../../../electron/contract/api/programs.ts';
import type { CallResult } from '../../../electron/contract/api.ts';
import { Button } from '../../kit/button.tsx';
import { CopyButton } from '../../kit/copy-button.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { bridge } from '../../state/bridge.ts';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { reportFailure } from '../../state/report-failure.ts';
import styles from './hand-over.module.css';

const ICONS: Readonly<Record<Program, LucideIcon>> = {
  'lm-studio': Warehouse,
  ollama: Layers,
  'llama-cpp': SquareTerminal,
  jan: Bot,
};

export function OpenIn({ exportId }: { readonly exportId: number }): ReactNode {
  const { t } = useTranslation();
  const programs = useCall('programs.list', {}, { isOfFiles: true }).data ?? [];
  const open = useCallMutation('programs.open');
  const takeBack = useCallMutation('undo', { onSuccess: () => open.reset(), onError: reportFailure });
  const canName = bridge().host === 'desktop';
  const isHere = (program: Program): boolean => programs.find((one) => one.program === program)?.isHere ?? false;
  const shown = PROGRAMS.filter((program) => canName || isHere(program));

  const start = async (program: Program): Promise<void> => {
    const [folder] = isHere(program) ? [] : await bridge().pickFiles('folder');
    if (!isHere(program) && folder === undefined) return;
    open.mutate({ exportId, program, folder: folder?.id ?? null });
  };

  return (
    <section className={styles.part} aria-label={t('export.openIn')}>
      <h3>{t('export.openIn')}</h3>
      <div className={styles.buttons}>
        {shown.map((program) => (
          <Button
            key={program}
            icon={ICONS[program]}
            isDisabled={open.isPending}
            onPress={() => void start(program).catch(reportFailure)}
          >
            {isHere(program)
              ? t(`export.programs.${program}`)
              : t('export.programFolder', { program: t(`export.programs.${program}`) })}
          </Button>
        ))}
      </div>
      <div role="status" className={styles.outcome}>
        {open.isPending && <p className={styles.note}>{t('export.opening')}</p>}
        {open.data !== undefined && (
          <OpenedFacts
            opened={open.data}
            isBusy={takeBack.isPending}
            onTakeBack={(undoId) => takeBack.mutate({ undoId })}
          />
        )}
      </div>
      {open.error !== null && <ErrorPanel error={open.error.toData()} safe={t('export.openSafe')} />}
    </section>
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
      {ctx !== null && <p className={styles.dim}>{t('export.openedContext', { count: ctx })}</p>}
      {isSplit && program === 'ollama' && <p className={styles.dim}>{t('export.openedSplit')}</p>}
      {undoId !== null && (
        <div className={styles.buttons}>
          <Button size="small" isDisabled={isBusy} onPress={() => onTakeBack(undoId)}>
            {t('export.takeBack')}
          </Button>
          <span className={styles.dim}>{t('export.takeBackNote')}</span>
        </div>
      )}
    </>
  );
}

function Command({ command: { kind, text } }: { readonly command: Opened['commands'][number] }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={styles.command}>
      <span className={styles.kind}>{t(`export.command.${kind}`)}</span>
      <code>{text}</code>
      <CopyButton text={text} label={t('export.copyCommand')} isCompact />
    </div>
  );
}
