// Which model becomes smaller: in one line once it is chosen, else what was found on this machine and the ways to add one.
import { FolderPlus, Pencil, Plus, RefreshCw, Boxes, Play, Check } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ListBox, ListBoxItem } from 'react-aria-components';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { chooseFiles } from '../../files/hand-over.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import floating from '../../kit/floating.module.css';
import { matcher } from '../../kit/matcher.ts';
import { Menu } from '../../kit/menu.tsx';
import { MiddleCut } from '../../kit/middle-cut.tsx';
import kit from '../../kit/primitives.module.css';
import { SearchField } from '../../kit/search-field.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useTranslate } from '../../kit/translate.ts';
import { useTypeName } from '../../kit/type-name.ts';
import { useFormat } from '../../kit/use-format.ts';
import { bridge } from '../../state/bridge.ts';
import { useCall } from '../../state/calls.ts';
import { openSample } from '../../state/first-run.ts';
import { chooseModel } from './chosen-model.ts';
import { GetModel } from './get-model.tsx';
import { ModelDetails, Reason } from './model-details.tsx';
import styles from './models.module.css';
import { useScan } from './scan.ts';

/** With fewer models, a search would be slower than looking. */
const SEARCH_FROM = 8;

/** @param model null: none is chosen */
export function ModelPart({ model }: { readonly model: ModelEntry | null }): ReactNode {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const facts = useModelFacts();
  const isList = isOpen || model === null || model.state !== 'ready';
  return (
    <section className={kit.stack3} aria-label={t('fit.whichModel')}>
      <h2>{t('fit.whichModel')}</h2>
      {model !== null && (
        <div className={kit.cluster}>
          <strong className={kit.quoted}>{model.name}</strong>
          <span className={kit.dim}>{facts(model)}</span>
          {!isList && (
            <Button size="small" variant="quiet" icon={Pencil} onPress={() => setOpen(true)}>
              {t('fit.otherWork')}
            </Button>
          )}
        </div>
      )}
      {model !== null && <Reason model={model} />}
      {isList && <ModelList chosen={model} onChosen={() => setOpen(false)} />}
      {model !== null && (
        <details className={styles.more}>
          <summary>{t('models.about')}</summary>
          <ModelDetails model={model} />
        </details>
      )}
    </section>
  );
}

/** Returns a function that says what a model is: "Q8_0 · 22.8 MB · 32 experts". */
function useModelFacts(): (model: ModelEntry) => string {
  const { t } = useTranslation();
  const format = useFormat();
  const typeName = useTypeName();
  return ({ details, bytes, state }) =>
    [
      details && typeName(details.fileType, details.mixed),
      format.bytes(bytes),
      details && state === 'ready' && t('models.expertsEach', { count: details.nExpert }),
      state !== 'ready' && t(`models.state.${state}`),
    ]
      .filter(Boolean)
      .join(' · ');
}

type ModelListProps = { readonly chosen: ModelEntry | null; readonly onChosen: () => void };

function ModelList({ chosen, onChosen }: ModelListProps): ReactNode {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const models = useCall('library.list', {}, { isOfFiles: true });
  const scan = useScan();
  if (models.error !== null) {
    return (
      <ErrorPanel error={models.error.toData()}>
        <Button size="small" onPress={() => void models.refetch()}>
          {t('models.tryAgain')}
        </Button>
      </ErrorPanel>
    );
  }
  if (models.data === undefined) return <SkeletonRows rows={4} />;
  const isFound = matcher(search);
  const shown = models.data.filter(({ name, publisher, displayPath, details }) =>
    isFound([name, publisher, displayPath, details?.arch, details?.fileType].join(' ')),
  );
  return (
    <div className={kit.stack3}>
      {models.data.length >= SEARCH_FROM && (
        <SearchField label={t('models.search')} value={search} onChange={setSearch} />
      )}
      {models.data.length === 0 ? (
        <p className={kit.lead}>{t(bridge().host === 'desktop' ? 'models.emptyText' : 'models.emptyServed')}</p>
      ) : (
        <Models models={shown} chosen={chosen} onChosen={onChosen} />
      )}
      <div className={kit.cluster}>
        <Menu
          label={t('models.add')}
          trigger={<Button icon={Plus}>{t('models.add')}</Button>}
          entries={[
            { id: 'file', label: t('models.open'), icon: Boxes, onSelect: () => void chooseFiles('model') },
            {
              id: 'folder',
              label: t('models.addFolder'),
              icon: FolderPlus,
              onSelect: () => void chooseFiles('folder'),
            },
            { id: 'scan', label: t('models.lookAgain'), icon: RefreshCw, onSelect: scan.start },
          ]}
        />
        <GetModel />
        <Button variant="quiet" icon={Play} onPress={() => void openSample()}>
          {t('models.sample')}
        </Button>
        <span role="status" className={kit.dim}>
          {scan.isScanning && t('models.scanning')}
        </span>
      </div>
      {scan.error !== null && <ErrorPanel error={scan.error.toData()} />}
    </div>
  );
}

type ModelsProps = ModelListProps & { readonly models: readonly ModelEntry[] };

function Models({ models, chosen, onChosen }: ModelsProps): ReactNode {
  const { t } = useTranslation();
  const translate = useTranslate();
  const facts = useModelFacts();
  return (
    <ListBox
      aria-label={t('models.title')}
      items={models}
      selectionMode="single"
      selectedKeys={chosen === null ? [] : [chosen.id]}
      onSelectionChange={(keys) => {
        const [id] = keys === 'all' ? [] : [...keys];
        if (typeof id === 'string') chooseModel(id);
        onChosen();
      }}
      className={classNames(kit.framed, styles.list)}
      renderEmptyState={() => <p className={kit.noRows}>{t('models.noMatch')}</p>}
    >
      {(model) => (
        <ListBoxItem id={model.id} textValue={model.name} className={classNames(kit.row2, floating.item)}>
          <span className={classNames(kit.stack, kit.fill, styles.name)}>
            <span className={classNames(kit.ellipsis, model.state !== 'ready' && kit.dim)}>
              <MiddleCut text={model.name} isToldBeside />
            </span>
            <span className={classNames(kit.ellipsis, styles.nameNote)} title={model.displayPath}>
              {model.reason !== null && (model.state === 'refused' || model.state === 'unusable')
                ? translate(model.reason)
                : model.displayPath}
            </span>
          </span>
          <span className={kit.dim}>{facts(model)}</span>
          <Check size={14} aria-hidden className={floating.check} />
        </ListBoxItem>
      )}
    </ListBox>
  );
}
