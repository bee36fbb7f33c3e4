%% Echo server made with Cowboy.
-module(echo).
-export([main/0, init/2, websocket_handle/2, websocket_info/2]).

main() ->
    {ok, _} = application:ensure_all_started(cowboy),
    Dispatch = cowboy_router:compile([{'_', [{'_', ?MODULE, []}]}]),
    {ok, _} = cowboy:start_clear(?MODULE, [{ip, {127, 0, 0, 1}}, {port, list_to_integer(os:getenv("PORT"))}],
        #{env => #{dispatch => Dispatch}}).

init(Req, State) ->
    {cowboy_websocket, Req, State, #{compress => true}}.

websocket_handle({Type, Message}, State) when Type =:= text; Type =:= binary ->
    {[{Type, Message}], State};
websocket_handle(_, State) ->
    {ok, State}.

websocket_info(_, State) ->
    {ok, State}.
