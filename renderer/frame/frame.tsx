// The window: rail, stage, inspector and job strip, and what floats above them.
import { memo, useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../electron/contract/api/app.ts';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { Toasts } from '../kit/toast.tsx';
import { useNavigation } from '../state/navigation.ts';
import { restoreTrail } from '../state/trail.ts';
import { ChoiceDialog } from '../files/choice-dialog.tsx';
import { DropResults } from '../files/drop-results.tsx';
import { DropTarget } from '../files/drop-target.tsx';
import { ImportDialog } from '../files/import-dialog.tsx';
import { ServerDialog } from '../files/server-dialog.tsx';
import { FailureBar } from './failure-bar.tsx';
import styles from './frame.module.css';
import { InspectorPlace } from '../inspector/inspector.tsx';
import { useFoundTrail } from './find-again.ts';
import { JobStrip } from '../jobs/job-strip.tsx';
import { HandBar } from './hand-bar.tsx';
import { Palette } from './palette.tsx';
import { Rail } from './rail.tsx';
import { ScreenBoundary } from './screen-boundary.tsx';
import { ScreenParts } from './screen-parts.tsx';
import { useShortcuts } from './shortcuts.ts';
import { useIsFirstRun, Welcome } from './welcome.tsx';

export function Frame({ settings }: { readonly settings: Settings }): ReactNode {
  // The trail that the engine remembered has to be there before the first screen is drawn.
  useState(() => restoreTrail(settings.trail));
  return <FrameParts />;
}

/** Settings change with every choice: parts that do not use them are not rendered again. */
const FrameParts = memo(function FrameParts(): ReactNode {
  const { t } = useTranslation();
  const stage = useRef<HTMLElement>(null);
  useShortcuts();
  useFoundTrail();
  return (
    <div className={styles.frame}>
      <a
        href="#stage"
        className={classNames(kit.raised, styles.skip)}
        onClick={(event) => {
          event.preventDefault();
          stage.current?.focus();
        }}
      >
        {t('frame.skip')}
      </a>
      <Rail />
      <HandBar />
      <main ref={stage} id="stage" tabIndex={-1} className={classNames(kit.stack, styles.stage)}>
        <Stage />
      </main>
      <InspectorPlace />
      <FailureBar />
      <JobStrip />
      <DropResults />
      <DropTarget />
      <ImportDialog />
      <ChoiceDialog />
      <ServerDialog />
      <Palette />
      <Toasts />
    </div>
  );
});

function Stage(): ReactNode {
  const { t } = useTranslation();
  const screen = useNavigation((navigation) => navigation.screen);
  const isFirstRun = useIsFirstRun();
  const title = t(`frame.screen.${screen}`);
  useEffect(() => {
    document.title = t('frame.windowTitle', { screen: title });
  }, [t, title]);
  if (isFirstRun && screen === 'new') return <Welcome />;
  return (
    <ScreenBoundary key={screen}>
      <ScreenParts id={screen} />
    </ScreenBoundary>
  );
}
