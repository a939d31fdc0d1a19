package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtEngine;

import org.djlsparse.torch.TorchArchive;
import org.djlsparse.torch.TorchModule;
import org.jspecify.annotations.Nullable;

/**
 * A TorchScript module of the library, loaded at first use. It has no state and serves all devices
 * and threads.
 */
public final class SharedModule {

    private final Class<?> owner;
    private final String resource;
    private volatile @Nullable TorchModule module;

    /**
     * Creates a module without loading it.
     *
     * @param owner a class in the package of the source
     * @param resource the name of the source file
     */
    public SharedModule(Class<?> owner, String resource) {
        this.owner = owner;
        this.resource = resource;
    }

    /**
     * Compiles the source into an archive.
     *
     * @return the archive
     */
    public TorchArchive getArchive() {
        return TorchArchive.ofResource(owner, resource);
    }

    /**
     * Returns the module.
     *
     * @return the module, which must not be closed
     * @throws ai.djl.engine.EngineException if DJL's PyTorch engine is not available
     */
    public TorchModule get() {
        TorchModule loaded = module;
        return loaded == null ? load() : loaded;
    }

    private synchronized TorchModule load() {
        TorchModule loaded = module;
        if (loaded == null) {
            Engine engine = Engine.getEngine(PtEngine.ENGINE_NAME);
            loaded = TorchModule.load(getArchive(), engine.newBaseManager(Device.cpu()));
            module = loaded;
        }
        return loaded;
    }
}
