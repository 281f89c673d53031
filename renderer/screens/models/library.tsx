// The table of models, the memory that the chosen one needs, and its details.
import { ArrowRight, Boxes, FolderPlus, HardDrive, RefreshCw } from 'lucide-react';
import { useCallback, useDeferredValue, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { chooseFiles } from '../../files/hand-over.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { DataTable } from '../../kit/data-table.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { matcher } from '../../kit/matcher.ts';
import { Popover } from '../../kit/popover.tsx';
import kit from '../../kit/primitives.module.css';
import { Screen } from '../../kit/screen.tsx';
import { SearchField } from '../../kit/search-field.tsx';
import { Switch } from '../../kit/switch.tsx';
import { bridge } from '../../state/bridge.ts';
import { go } from '../../state/navigation.ts';
import { useWidth } from '../../kit/use-width.ts';
import { useViewState } from '../../state/settings.ts';
import { useTrail } from '../../state/trail.ts';
import { chooseModel } from './chosen-model.ts';
import { GetModel } from './get-model.tsx';
import { useModelColumns } from './model-columns.tsx';
import { ModelInspector } from './model-inspector.tsx';
import styles from './models.module.css';
import { canBeRemoved, RemoveModel } from './remove-model.tsx';
import type { Scan } from './scan.ts';
import { ServerFolders } from './server-folders.tsx';

const sortSchema = z.object({ column: z.string(), descending: z.boolean() }).nullable();
/** The height of a name and the line below it. */
const ROW_HEIGHT = 44;
/** In a narrower table, publishers would leave too little room for the names; the details show them too. */
const ROOM_FOR_PUBLISHERS = 960;
/** A longer name would push the button's neighbours away. */
const NAME_ON_BUTTON = 36;

type LibraryProps = { readonly models: readonly ModelEntry[]; readonly scan: Scan };

export function Library({ models, scan }: LibraryProps): ReactNode {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const [onlyPrunable, setOnlyPrunable] = useViewState('models.onlyPrunable', z.boolean(), false);
  const [sort, setSort] = useViewState('models.sort', sortSchema, null);
  const [shown, look] = useShownModel(models);
  const [removed, setRemoved] = useState<ModelEntry | null>(null);
  // the table follows the keys at once, the text about the model as soon as there is time
  const described = useDeferredValue(shown);
  const removeDescribed = useCallback(() => setRemoved(described), [described]);
  const [measure, width] = useWidth();
  const columns = useModelColumns(width >= ROOM_FOR_PUBLISHERS && models.some(({ publisher }) => publisher !== null));
  const rows = useMemo(() => filterModels(models, search, onlyPrunable), [models, search, onlyPrunable]);
  return (
    <Screen title={t('models.title')} lead={<Lead models={models} scan={scan} />} action={<UseModel model={shown} />}>
      {scan.error !== null && <ErrorPanel error={scan.error.toData()} />}
      <div ref={measure} className={classNames(kit.cluster, styles.tools)}>
        <div className={styles.search}>
          <SearchField label={t('models.search')} value={search} onChange={setSearch} />
        </div>
        <Switch isSelected={onlyPrunable} onChange={setOnlyPrunable}>
          {t('models.onlyPrunable')}
        </Switch>
        <AddModels scan={scan} />
      </div>
      <DataTable
        label={t('models.title')}
        columns={columns}
        rows={rows}
        rowKey={rowKey}
        rowHeight={ROW_HEIGHT}
        sort={sort}
        onSortChange={setSort}
        selectionMode="single"
        selectedKeys={new Set(shown === null ? [] : [shown.id])}
        onSelectionChange={([id]) => look(id)}
        onRowAction={takeModel}
        onDelete={() => shown !== null && canBeRemoved(shown) && setRemoved(shown)}
        empty={<p className={kit.noRows}>{t('models.noMatch')}</p>}
      />
      {described !== null && <ModelInspector model={described} onRemove={removeDescribed} />}
      {removed !== null && <RemoveModel model={removed} onClose={() => setRemoved(null)} />}
    </Screen>
  );
}

const rowKey = ({ id }: ModelEntry): string => id;

function takeModel({ id, state }: ModelEntry): void {
  if (state !== 'ready') return;
  chooseModel(id);
  go('best');
}

/** The trail's model, or one that cannot be chosen and is only viewed, until the trail changes. */
function useShownModel(models: readonly ModelEntry[]): [ModelEntry | null, (id: string | undefined) => void] {
  const chosenId = useTrail(({ modelId }) => modelId);
  const [looked, setLooked] = useState<{ readonly id: string; readonly besides: string | null } | null>(null);
  const shownId = looked !== null && looked.besides === chosenId ? looked.id : chosenId;
  const look = (id: string | undefined): void => {
    const model = models.find((other) => other.id === id);
    if (model?.state === 'ready') {
      setLooked(null);
      chooseModel(model.id);
    } else if (id !== undefined) setLooked({ id, besides: chosenId });
  };
  return [models.find(({ id }) => id === shownId) ?? null, look];
}

function Lead({ models, scan }: LibraryProps): ReactNode {
  const { t } = useTranslation();
  const prunable = models.filter(({ state }) => state === 'ready').length;
  return (
    <>
      {t('models.lead', { count: models.length })}
      {' · '}
      {t('models.leadPrunable', { count: prunable })}
      <span role="status">{scan.isScanning && ` · ${t('models.scanning')}`}</span>
    </>
  );
}

function UseModel({ model }: { readonly model: ModelEntry | null }): ReactNode {
  const { t } = useTranslation();
  if (model === null) {
    return (
      <Button variant="primary" disabledReason={t('models.reasonNone')}>
        {t('models.useNone')}
      </Button>
    );
  }
  const { name, state } = model;
  const short = name.length > NAME_ON_BUTTON ? `${name.slice(0, NAME_ON_BUTTON).trimEnd()}…` : name;
  return (
    <Button
      variant="primary"
      icon={ArrowRight}
      disabledReason={state === 'ready' ? null : t(`models.reason.${state}`)}
      onPress={() => takeModel(model)}
    >
      {t('models.use', { model: short })}
    </Button>
  );
}

/** Models are opened in place; those of a server can also be put into its folders. */
function AddModels({ scan }: { readonly scan: Scan }): ReactNode {
  const { t } = useTranslation();
  const isDesktop = bridge().host === 'desktop';
  return (
    <div className={styles.add}>
      <Button icon={Boxes} onPress={() => void chooseFiles('model')}>
        {t('models.open')}
      </Button>
      <Button icon={FolderPlus} onPress={() => void chooseFiles('folder')}>
        {t('models.addFolder')}
      </Button>
      <GetModel />
      {!isDesktop && (
        <Popover
          label={t('models.where')}
          placement="bottom end"
          trigger={<Button icon={HardDrive}>{t('models.where')}</Button>}
        >
          {() => <ServerFolders />}
        </Popover>
      )}
      <Button icon={RefreshCw} isDisabled={scan.isScanning} onPress={scan.start}>
        {t('models.lookAgain')}
      </Button>
    </div>
  );
}

/** The text of a model that is searched. */
function searchText({ name, publisher, displayPath, details }: ModelEntry): string {
  return [name, publisher, displayPath, details?.arch, details?.fileType].join(' ');
}

/** Filters the models. @param onlyPrunable leaves out what cannot be pruned, but not what is still being read */
function filterModels(models: readonly ModelEntry[], search: string, onlyPrunable: boolean): ModelEntry[] {
  const isFound = matcher(search);
  return models.filter((model) => {
    if (onlyPrunable && model.state !== 'ready' && model.state !== 'reading') return false;
    return isFound(searchText(model));
  });
}
