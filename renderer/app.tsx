// The interface, by folder:
//   kit/       controls and formats that know nothing of Winnow
//   state/     the conversation with the engine, what is chosen, which screen is shown
//   i18n/      every text, by language and area
//   frame/     what stays while screens change: rail, trail, inspector, job strip, drop target, palette
//   screens/   one folder a screen; registry.ts lists them
//   heatmap/   the picture of layers × experts
//   experts/   what several screens show of a model's experts
//   memory/    what several screens show of a model's need of memory
// A screen never imports another screen; of the frame it uses the inspector, its own commands, jobs in words, and files
// that are handed over.
import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { I18nProvider } from 'react-aria-components';
import { FatalScreen } from './frame/fatal-screen.tsx';
import { Frame } from './frame/frame.tsx';
import { useTheme } from './frame/theme.ts';
import { setLanguage } from './i18n/i18n.ts';
import { LANGUAGES, type Language } from './i18n/languages.ts';
import { queryClient, useCall } from './state/calls.ts';
import { useEngineState } from './state/client.ts';

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

function isLanguage(code: string | undefined): code is Language {
  return code !== undefined && code in LANGUAGES;
}

function Window(): ReactNode {
  const engine = useEngineState();
  const { data: settings, error } = useCall('settings.get', {});
  const language = settings?.language;
  useTheme(settings?.theme ?? 'system');
  useEffect(() => {
    void setLanguage(isLanguage(language) ? language : undefined);
  }, [language]);
  if (engine.state === 'failed') return <FatalScreen error={engine.error} />;
  if (error !== null) return <FatalScreen error={error.toData()} />;
  // The engine answers within a moment; a skeleton would only flash.
  return settings === undefined ? null : <Frame settings={settings} />;
}
