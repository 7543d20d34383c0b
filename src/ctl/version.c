/* vpcctl version */
#include <stdlib.h>
#include "exit_code.h"
#include "output.h"
#include "run.h"
#include "utf8.h"

int run_version(struct vpc *vpc, const struct arguments *arguments)
{
    BSTR name = NULL, version = NULL;
    HRESULT hr = IVMVirtualPC_get_Name(vpc->application, &name);
    if (FAILED(hr) || FAILED(hr = IVMVirtualPC_get_Version(vpc->application, &version))) {
        SysFreeString(name);
        return vpc_report(vpc, "version", NULL, hr);
    }
    char *api_name = utf8_from_wide(name), *api_version = utf8_from_wide(version);
    SysFreeString(name);
    SysFreeString(version);
    if (arguments->given[OPTION_JSON]) {
        struct buffer out = {0};
        json_t *document =
            need(json_pack("{s:s,s:s,s:s}", "vpcctl", VPC_VERSION, "api_name", api_name, "api_version", api_version));
        rows_add_json(&out, document, false);
        output_text(buffer_text(&out));
        json_decref(document);
        buffer_clear(&out);
    } else {
        output_line("vpcctl " VPC_VERSION);
        output_line("%s %s", api_name, api_version);
    }
    free(api_name);
    free(api_version);
    return EXIT_CODE_OK;
}
