// The interface: engine state, language and theme around the frame. Its folders: docs/ARCHITECTURE.md, "The interface".
import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { I18nProvider } from 'react-aria-components';
import type { Settings } from '../electron/contract/api/app.ts';
import { isSpoken } from '../electron/contract/text/languages.ts';
import { FatalScreen } from './frame/fatal-screen.tsx';
import { Frame } from './frame/frame.tsx';
import { useTheme } from './frame/theme.ts';
import { setLanguage } from './i18n/i18n.ts';
import { queryClient, useCall } from './state/calls.ts';
import { useEngineState } from './state/client.ts';
import { reportFailure } from './state/report-failure.ts';

export function App(): ReactNode {
  const { i18n } = useTranslation();
  return (
    <QueryClientProvider client={queryClient}>
      <I18nProvider locale={i18n.language}>
        <Window />
      </I18nProvider>
    </QueryClientProvider>
  );
}

function Window(): ReactNode {
  const engine = useEngineState();
  const { data: settings, error } = useCall('settings.get', {});
  useTheme(settings?.theme ?? 'system');
  const speaks = useLanguage(settings);
  if (engine.state === 'failed') return <FatalScreen error={engine.error} />;
  if (error !== null) return <FatalScreen error={error.toData()} />;
  // The engine answers within a moment; a skeleton would only flash.
  return settings === undefined || !speaks ? null : <Frame settings={settings} />;
}

/** @returns whether the page can speak: no text appears briefly in the wrong language */
function useLanguage(settings: Settings | undefined): boolean {
  const [speaks, setSpeaks] = useState(false);
  const isKnown = settings !== undefined;
  const wanted = settings?.language;
  useEffect(() => {
    if (!isKnown) return;
    // if its texts cannot be read, the current language has to do
    const done = setLanguage(isSpoken(wanted) ? wanted : undefined).catch(reportFailure);
    void done.then(() => setSpeaks(true));
  }, [isKnown, wanted]);
  return speaks;
}
