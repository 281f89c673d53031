// The end of the journey: the written file is ready to use in the user's own program.
import { Bot, Layers, SquareTerminal, Warehouse, type LucideIcon } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PROGRAMS, type Opened, type Program } from '../../electron/contract/api/programs.ts';
import type { CallResult } from '../../electron/contract/api.ts';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import { ErrorPanel } from '../kit/error-panel.tsx';
import { Menu } from '../kit/menu.tsx';
import kit from '../kit/primitives.module.css';
import { ProgressBar } from '../kit/progress-bar.tsx';
import { useFormat } from '../kit/use-format.ts';
import { bridge } from '../state/bridge.ts';
import { useCall } from '../state/calls.ts';
import { reportFailure } from '../state/report-failure.ts';
import { CommandLine } from './command-line.tsx';
import styles from './hand-over.module.css';
import { isOpening, openFileIn, useOpenings, type Opening } from './opening.ts';

const ICONS: Readonly<Record<Program, LucideIcon>> = {
  'lm-studio': Warehouse,
  ollama: Layers,
  'llama-cpp': SquareTerminal,
  jan: Bot,
};

type FileProps = { readonly exportId: number };

/** The programs, each as a button, and what became of the file in them. */
export function OpenIn({ exportId }: FileProps): ReactNode {
  const { t } = useTranslation();
  const offers = useOffers(exportId);
  return (
    <section className={classNames(kit.stack2, styles.part)} aria-label={t('export.openIn')}>
      <h3>{t('export.openIn')}</h3>
      <div className={kit.cluster}>
        {offers.map(({ program, label, isBusy, start }) => (
          <Button key={program} icon={ICONS[program]} isDisabled={isBusy} onPress={start}>
            {label}
          </Button>
        ))}
      </div>
      <MissingPrograms exportId={exportId} />
      <OpenOutcome exportId={exportId} />
    </section>
  );
}

/** Programs that are not offered, and the reasons. */
export function MissingPrograms({ exportId }: FileProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const offers = useOffers(exportId);
  const missing = PROGRAMS.filter((one) => !offers.some(({ program }) => program === one));
  if (missing.length === 0) return null;
  return (
    <p className={classNames(kit.dim, styles.note)}>
      {t('export.notHere', { programs: format.list(missing.map((program) => t(`export.programs.${program}`))) })}
    </p>
  );
}

/** The programs in a menu behind one button. @param trigger a button of the kit */
export function OpenMenu({ exportId, trigger }: FileProps & { readonly trigger: ReactElement }): ReactNode {
  const { t } = useTranslation();
  const offers = useOffers(exportId);
  return (
    <Menu
      label={t('export.openIn')}
      trigger={trigger}
      entries={offers.map(({ program, label, start }) => ({
        id: program,
        label,
        icon: ICONS[program],
        onSelect: start,
      }))}
    />
  );
}

type Offer = {
  readonly program: Program;
  readonly label: string;
  readonly isBusy: boolean;
  readonly start: () => void;
};

function useOffers(exportId: number): readonly Offer[] {
  const { t } = useTranslation();
  const programs = useCall('programs.list', {}, { isOfFiles: true }).data ?? [];
  const isBusy = useOpenings(exportId).some(isOpening);
  const canName = bridge().host === 'desktop';
  const isHere = (program: Program): boolean => programs.find((one) => one.program === program)?.isHere ?? false;
  /** For programs without a folder of their own, nobody checks whether they are installed. */
  const label = (program: Program): string => {
    const name = t(`export.programs.${program}`);
    if (!isHere(program)) return t('export.programFolder', { program: name });
    const hasFolder = programs.some((one) => one.program === program && one.displayPath !== null);
    return hasFolder ? name : t('export.programCommands', { program: name });
  };
  const start = async (program: Program): Promise<void> => {
    const [folder] = isHere(program) ? [] : await bridge().pickFiles('folder');
    if (!isHere(program) && folder === undefined) return;
    await openFileIn(program, exportId, folder?.id ?? null);
  };
  return PROGRAMS.filter((program) => canName || isHere(program)).map((program) => {
    return {
      program,
      label: label(program),
      isBusy,
      start: () => void start(program).catch(reportFailure),
    };
  });
}

/** The progress or the outcome in each program that the file was opened in. */
export function OpenOutcome({ exportId }: FileProps): ReactNode {
  const { t } = useTranslation();
  const openings = useOpenings(exportId);
  const programs = useCall('programs.list', {}, { isOfFiles: true }).data ?? [];
  const copy = programs.flatMap((one) => one.copy ?? []).find((one) => one.exportId === exportId) ?? null;
  return (
    <>
      <div role="status" className={classNames(kit.stack3, styles.outcome)}>
        {openings.map((opening) => (
          <div key={opening.program} className={kit.stack2}>
            {isOpening(opening) && <OnTheWay opening={opening} copy={copy} />}
            {opening.opened !== null && <OpenedFacts opened={opening.opened} />}
          </div>
        ))}
      </div>
      {openings.map(
        ({ program, error }) =>
          error !== null && <ErrorPanel key={program} error={error} safe={t('export.openSafe')} />,
      )}
    </>
  );
}

type OnTheWayProps = {
  readonly opening: Opening;
  readonly copy: CallResult<'programs.list'>[number]['copy'];
};

/** A copy in progress; links are made at once. */
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

function OpenedFacts({ opened }: { readonly opened: Opened }): ReactNode {
  const { t } = useTranslation();
  const { program, how, displayPath, ctx, isSplit } = opened;
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
      {commands.map(({ kind, text }) => (
        <CommandLine key={kind} label={t(`export.command.${kind}`)} text={text} />
      ))}
      {ctx !== null && <p className={classNames(kit.dim, styles.note)}>{t('export.openedContext', { count: ctx })}</p>}
      {isSplit && program === 'ollama' && <p className={classNames(kit.dim, styles.note)}>{t('export.openedSplit')}</p>}
    </>
  );
}
